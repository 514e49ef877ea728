package dev.headlight.model.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.model.fault.ModelRefused;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a {@code tokenizer.json} that would crash the process, because panics and stack overflows in the native library
 * cannot be caught. Faults that the library reports are not checked here. The cases were found by reading tokenizers
 * 0.21.4 and by fuzzing.
 */
final class TokenizerCheck {
    private static final List<String> STEPS = List.of("normalizer", "pre_tokenizer", "post_processor", "decoder");
    private static final int MOST_ADDED = 50_000; // the library compares each with all others
    private static final int LONGEST_TOKEN = 2000; // characters: the library frees a trie of them recursively
    private static final int MOST_GROWTH = 1000; // factor by which all replacements together may lengthen a text

    private long growth = 1;

    private TokenizerCheck() {}

    /**
     * Checks a whole file.
     *
     * @throws ModelRefused with the path of the fault
     */
    static void require(JsonObject json) {
        TokenizerCheck check = new TokenizerCheck();
        STEPS.forEach(step -> check.step(step, json.get(step)));
        if (!(json.get("model") instanceof JsonObject model)) {
            throw refused("model", "must be an object");
        }
        vocabulary(model.get("vocab"));
        merges(model.get("continuing_subword_prefix"), model.get("merges"));
        if (json.get("added_tokens") instanceof JsonArray added && added.size() > MOST_ADDED) {
            throw refused("added_tokens", "are " + added.size() + " and must be at most " + MOST_ADDED);
        }
    }

    /**
     * Checks all objects by their keys, independent of {@code type}: the library, too, sometimes goes by the keys
     * alone.
     */
    private void step(String path, @Nullable JsonElement element) {
        if (element instanceof JsonArray array) {
            for (int i = 0; i < array.size(); i++) {
                step(path + "[" + i + "]", array.get(i));
            }
        } else if (element instanceof JsonObject object) {
            part(path, object);
            for (Map.Entry<String, JsonElement> e : object.entrySet()) {
                step(path + "." + e.getKey(), e.getValue());
            }
        }
    }

    private void part(String path, JsonObject part) {
        String type = text(part.get("type"));
        if (type.equals("Precompiled")) {
            PrecompiledCharsmap.require(path, text(part.get("precompiled_charsmap")));
        }
        if (type.equals("FixedLength") && part.has("length") && !isPositive(part.get("length"))) {
            throw refused(path + ".length", "must be a positive integer");
        }
        if (part.has("Regex")) {
            RegexCheck.require(path, text(part.get("Regex")));
        }
        if (part.get("single") instanceof JsonArray single) {
            template(path, single, part.get("special_tokens"));
        }
        if (part.has("pattern") && part.has("content")) {
            replacement(path, text(part.get("content")));
        }
    }

    private void replacement(String path, String content) {
        growth *= Math.max(1, content.length());
        if (growth > MOST_GROWTH) {
            throw refused(
                    path,
                    "and the replacements before it could make a text " + growth + " times as long; the limit is "
                            + MOST_GROWTH);
        }
    }

    private static void template(String path, JsonArray single, @Nullable JsonElement specialTokens) {
        for (JsonElement piece : single) {
            if (!(piece instanceof JsonObject object)) {
                continue;
            }
            if (object.get("Sequence") instanceof JsonObject sequence
                    && !text(sequence.get("id")).equals("A")) {
                throw refused(path + ".single", "must hold no sequence except A");
            }
            if (object.get("SpecialToken") instanceof JsonObject token) {
                specialToken(path + ".special_tokens.", text(token.get("id")), specialTokens);
            }
        }
    }

    private static void specialToken(String path, String id, @Nullable JsonElement specialTokens) {
        boolean sound = specialTokens instanceof JsonObject all
                && all.get(id) instanceof JsonObject known
                && size(known.get("ids")) == size(known.get("tokens"));
        if (!sound) {
            throw refused(path + id, "must have as many ids as tokens");
        }
    }

    private static void vocabulary(@Nullable JsonElement vocabulary) {
        if (vocabulary instanceof JsonObject ids) {
            ids.entrySet().forEach(e -> {
                token(e.getKey());
                id("model.vocab." + e.getKey(), e.getValue());
            });
        } else if (vocabulary instanceof JsonArray pieces) {
            for (JsonElement piece : pieces) {
                if (piece instanceof JsonArray pair && !pair.isEmpty()) {
                    token(text(pair.get(0)));
                }
            }
        } else {
            throw refused("model.vocab", "must be an object or a list");
        }
    }

    private static void id(String path, JsonElement id) {
        boolean sound = id.isJsonPrimitive()
                && id.getAsJsonPrimitive().isNumber()
                && id.getAsString().matches("\\d{1,10}")
                && id.getAsLong() <= Integer.MAX_VALUE;
        if (!sound) {
            throw refused(path, "must be an integer in 0.." + Integer.MAX_VALUE);
        }
    }

    private static void token(String token) {
        if (token.length() > LONGEST_TOKEN) {
            throw refused(
                    "model.vocab", "holds a token of " + token.length() + " characters; the limit is " + LONGEST_TOKEN);
        }
    }

    /** The second token of a merge continues a word, so it must begin with the prefix of such tokens. */
    private static void merges(@Nullable JsonElement prefix, @Nullable JsonElement merges) {
        if (text(prefix).isEmpty() || !(merges instanceof JsonArray all)) {
            return;
        }
        for (JsonElement merge : all) {
            boolean pair = merge instanceof JsonArray both && both.size() == 2;
            String second =
                    pair ? text(((JsonArray) merge).get(1)) : text(merge).replaceFirst("^[^ ]* ", "");
            if (!second.startsWith(text(prefix))) {
                throw refused(
                        "model.merges", "hold '" + second + "', which must begin with the prefix " + text(prefix));
            }
        }
    }

    private static boolean isPositive(JsonElement number) {
        return number.isJsonPrimitive() && number.getAsJsonPrimitive().isNumber() && number.getAsDouble() >= 1;
    }

    /** The text of a string; empty for anything else. */
    private static String text(@Nullable JsonElement element) {
        return element != null && element.isJsonPrimitive() ? element.getAsString() : "";
    }

    private static int size(@Nullable JsonElement list) {
        return list instanceof JsonArray array ? array.size() : -1;
    }

    static ModelRefused refused(String path, String why) {
        return new ModelRefused("tokenizer.json: " + path + " " + why);
    }
}
