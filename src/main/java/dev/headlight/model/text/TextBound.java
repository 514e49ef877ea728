package dev.headlight.model.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * How many tokens a text has at least, found without encoding it. A character counts if the steps of the {@code
 * tokenizer.json} certainly keep it, and one token stands for no more characters than the longest token has. Where
 * characters may vanish, or any number of them may become one unknown token, words count instead, or nothing does.
 */
final class TextBound {
    /** What certainly ends up in tokens, from the least to the most. */
    private enum Kept {
        /** Nothing is certain. */
        NOTHING,
        /** A part of each word between white space that has an ASCII letter or digit. */
        WORDS,
        /** Every character that is not white space. */
        VISIBLE,
        /** Every character. */
        ALL
    }

    static final int MOST_PER_TOKEN = 256;
    private static final String WORD_ENDS = " \t\r\n"; // white space for every tokenizer
    private static final Set<String> BY_SPACE = Set.of("BertPreTokenizer", "Whitespace", "WhitespaceSplit");
    private static final Set<String> KEEPING = Set.of(
            "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Prepend", "ByteLevel", "Metaspace", "Digits", "UnicodeScripts");
    private static final Set<String> KEEPING_WORDS = Set.of("BertNormalizer", "StripAccents", "Strip");
    private static final List<String> PARTS = List.of("normalizers", "pretokenizers");
    private static final int COMPOSED = 4; // most characters that NFC composes to one, and twice as many as its bytes

    private Kept kept = Kept.ALL;
    private boolean composes;
    private boolean byteLevel;
    private boolean replacesSpace;
    private boolean splitsBySpace;
    private final long perToken; // most characters, or words, that one token stands for

    /** @throws RuntimeException from Gson, for JSON of another structure */
    TextBound(JsonObject json) {
        step(json.get("normalizer"));
        step(json.get("pre_tokenizer"));
        JsonObject model = json.getAsJsonObject("model");
        Set<String> added = new HashSet<>();
        for (JsonElement token : list(json.get("added_tokens"))) {
            added.add(token.getAsJsonObject().get("content").getAsString());
            keeps(flag(token, "lstrip") || flag(token, "rstrip") ? Kept.VISIBLE : Kept.ALL);
        }
        Set<String> vocabulary = vocabulary(model.get("vocab"));
        if (kept.compareTo(Kept.VISIBLE) >= 0 && keepsCharacters(model, vocabulary)) {
            vocabulary.addAll(added);
            int longest = vocabulary.stream().mapToInt(TextBound::length).max().orElse(1);
            perToken = (long) Math.max(1, longest) * (!composes ? 1 : byteLevel ? COMPOSED / 2 : COMPOSED);
        } else {
            keeps(splitsBySpace && hasUnknown(model) ? Kept.WORDS : Kept.NOTHING);
            perToken = added.stream().mapToLong(TextBound::words).max().orElse(0) + 1;
        }
    }

    /** The fewest tokens of a text with this many characters, for any tokenizer. */
    static long fewestTokens(long characters) {
        return divided(characters, MOST_PER_TOKEN);
    }

    /** The fewest tokens that a text has, special tokens not counted. */
    long fewestTokens(String text) {
        int length = length(text);
        long count = switch (kept) {
            case NOTHING -> 0;
            case WORDS -> words(text);
            case VISIBLE -> text.codePoints().filter(c -> !isSpace(c)).count();
            case ALL -> length;
        };
        return Math.max(divided(count, perToken), fewestTokens(length));
    }

    private static long divided(long count, long by) {
        return (count + by - 1) / by;
    }

    private void keeps(Kept most) {
        kept = most.compareTo(kept) < 0 ? most : kept;
    }

    /** Reads a normalizer or a pre-tokenizer, in the order in which they run. */
    private void step(@Nullable JsonElement element) {
        if (!(element instanceof JsonObject step)) {
            return;
        }
        String type = step.get("type").getAsString();
        composes |= type.equals("NFC") || type.equals("NFKC");
        byteLevel |= type.equals("ByteLevel");
        splitsBySpace |= BY_SPACE.contains(type) && !replacesSpace;
        replacesSpace |= Set.of("ByteLevel", "Metaspace", "Replace").contains(type);
        if (type.equals("Sequence")) {
            PARTS.forEach(parts -> list(step.get(parts)).forEach(this::step));
        } else {
            keeps(kept(type, step));
        }
    }

    private static Kept kept(String type, JsonObject step) {
        return switch (type) {
            case "Replace" -> {
                JsonElement from = step.getAsJsonObject("pattern").get("String");
                String content = step.get("content").getAsString();
                boolean grows = from != null
                        && length(from.getAsString()) <= length(content)
                        && content.codePoints().noneMatch(TextBound::isSpace);
                yield grows ? Kept.ALL : Kept.NOTHING;
            }
            case "Split", "Punctuation" -> Objects.equals(text(step, "behavior"), "Removed") ? Kept.NOTHING : Kept.ALL;
            default ->
                KEEPING.contains(type)
                        ? Kept.ALL
                        : BY_SPACE.contains(type)
                                ? Kept.VISIBLE
                                : KEEPING_WORDS.contains(type) ? Kept.WORDS : Kept.NOTHING;
        };
    }

    /** Whether no character is left out and no unknown token stands for several. */
    private boolean keepsCharacters(JsonObject model, Set<String> vocabulary) {
        boolean bytes = flag(model, "byte_fallback") && vocabulary.containsAll(TokenDecoder.byteTokens());
        if (!model.has("merges")) {
            return bytes && model.get("vocab").isJsonArray(); // Unigram
        }
        boolean plain = text(model, "continuing_subword_prefix").isEmpty()
                && text(model, "end_of_word_suffix").isEmpty();
        boolean letters = byteLevel && vocabulary.containsAll(TokenDecoder.byteLetters());
        boolean unknown = vocabulary.contains(text(model, "unk_token")) && !flag(model, "fuse_unk");
        return plain && (bytes || letters || unknown);
    }

    private static boolean hasUnknown(JsonObject model) {
        return !text(model, "unk_token").isEmpty() || !text(model, "unk_id").isEmpty();
    }

    private static Set<String> vocabulary(JsonElement vocab) {
        if (vocab instanceof JsonObject ids) {
            return new HashSet<>(ids.keySet());
        }
        Set<String> pieces = new HashSet<>();
        list(vocab).forEach(piece -> pieces.add(piece.getAsJsonArray().get(0).getAsString()));
        return pieces;
    }

    private static Iterable<JsonElement> list(@Nullable JsonElement element) {
        return element instanceof JsonArray array ? array : new JsonArray();
    }

    private static boolean flag(JsonElement object, String key) {
        return text(object.getAsJsonObject(), key).equals("true");
    }

    /** A value as text; empty if it is absent or null. */
    private static String text(JsonObject object, String key) {
        JsonElement value = object.get(key);
        return value == null || value.isJsonNull() ? "" : value.getAsString();
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static long words(String text) {
        long count = 0;
        for (StringTokenizer words = new StringTokenizer(text, WORD_ENDS); words.hasMoreTokens(); ) {
            count += words.nextToken().chars().anyMatch(TextBound::isAsciiLetterOrDigit) ? 1 : 0;
        }
        return count;
    }

    private static boolean isAsciiLetterOrDigit(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c);
    }
}
