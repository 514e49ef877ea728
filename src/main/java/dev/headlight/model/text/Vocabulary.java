package dev.headlight.model.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The tokens of a {@code tokenizer.json}: raw, as the vocabulary writes them, and as text. */
final class Vocabulary {
    private final Map<Integer, String> raw = new HashMap<>();
    private final Set<Integer> added = new HashSet<>();
    private final TokenDecoder decoder;
    private final int unknown; // -1 if there is no unknown token

    /** @throws RuntimeException from Gson, for JSON of another structure */
    Vocabulary(JsonObject json) {
        decoder = new TokenDecoder(json.get("decoder"));
        JsonObject model = json.getAsJsonObject("model");
        JsonElement vocab = model.get("vocab");
        if (vocab.isJsonObject()) {
            vocab.getAsJsonObject().entrySet().forEach(e -> raw.put(e.getValue().getAsInt(), e.getKey()));
        } else { // Unigram: [[piece, score], …]
            vocab.getAsJsonArray()
                    .forEach(piece ->
                            raw.put(raw.size(), piece.getAsJsonArray().get(0).getAsString()));
        }
        readAdded(json.get("added_tokens"));
        unknown = unknown(model);
    }

    private void readAdded(@Nullable JsonElement more) {
        for (JsonElement token : more == null || more.isJsonNull() ? new JsonArray() : more.getAsJsonArray()) {
            int id = token.getAsJsonObject().get("id").getAsInt();
            raw.put(id, token.getAsJsonObject().get("content").getAsString());
            added.add(id);
        }
    }

    private int unknown(JsonObject model) {
        JsonElement id = model.get("unk_id"); // Unigram
        JsonElement token = model.get("unk_token");
        if (id != null && !id.isJsonNull()) {
            return id.getAsInt();
        }
        return token == null || token.isJsonNull()
                ? -1
                : id(token.getAsString()).orElse(-1);
    }

    /** The raw token. For an id beyond the vocabulary, its number: a model's vocabulary may be padded. */
    String raw(int id) {
        return raw.getOrDefault(id, String.valueOf(id));
    }

    /** The id of a raw token. */
    OptionalInt id(String token) {
        return ids(id -> raw(id).equals(token)).findFirst();
    }

    /** Whether this id is an added token, such as BOS. */
    boolean isAdded(int id) {
        return added.contains(id);
    }

    /** Whether this id is the unknown token. */
    boolean isUnknown(int id) {
        return id == unknown;
    }

    /** The ids of plain tokens: all except added tokens, such as BOS, and the unknown token. Ascending. */
    IntStream plainTokens() {
        return raw.keySet().stream()
                .mapToInt(Integer::intValue)
                .filter(id -> !added.contains(id) && !isUnknown(id))
                .sorted();
    }

    /** The text of each token, see {@link TokenTexts}. */
    List<String> texts(int... ids) {
        return TokenTexts.of(Arrays.stream(ids).mapToObj(this::bytes).toList());
    }

    /** The token whose text on its own is exactly this; empty unless there is exactly one. */
    OptionalInt find(String text) {
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        int[] ids = ids(id -> Arrays.equals(bytes(id), wanted)).limit(2).toArray();
        return ids.length == 1 ? OptionalInt.of(ids[0]) : OptionalInt.empty();
    }

    private IntStream ids(IntPredicate wanted) {
        return raw.keySet().stream().mapToInt(Integer::intValue).filter(wanted);
    }

    private byte[] bytes(int id) {
        return added.contains(id) ? decoder.bytesOfAdded(raw(id)) : decoder.bytes(raw(id));
    }
}
