package dev.headlight.model.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one token to bytes with the {@code decoder} of a {@code tokenizer.json}. Steps that work on whole texts are
 * left out: the first token keeps its leading space, and {@code ##} still marks a continued word.
 *
 * @see <a href="https://huggingface.co/docs/tokenizers/components">Hugging Face, Tokenizers: decoders</a>
 */
final class TokenDecoder {
    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");
    private static final int[] BYTE_OF_LETTER = byteOfLetter();

    private record Replacement(String from, String to) {}

    private final List<Replacement> replacements = new ArrayList<>();
    private boolean byteFallback;
    private boolean byteLevel;

    /** @param decoder as in the file; null if the file has no decoder: then tokens are the text */
    TokenDecoder(@Nullable JsonElement decoder) {
        if (decoder != null && !decoder.isJsonNull()) {
            read(decoder.getAsJsonObject());
        }
    }

    private void read(JsonObject decoder) {
        switch (decoder.get("type").getAsString()) {
            case "Sequence" -> decoder.getAsJsonArray("decoders").forEach(d -> read(d.getAsJsonObject()));
            case "ByteLevel" -> byteLevel = true;
            case "ByteFallback" -> byteFallback = true;
            case "Metaspace" -> replace(decoder.get("replacement"));
            case "BPEDecoder" -> replace(decoder.get("suffix")); // it ends a word, so it stands for the space after it
            case "Replace" -> {
                JsonElement literal = decoder.getAsJsonObject("pattern").get("String");
                if (literal != null) {
                    String content = decoder.get("content").getAsString();
                    replacements.add(new Replacement(literal.getAsString(), content));
                }
            }
            default -> {} // Fuse, Strip, WordPiece and CTC work on whole texts
        }
    }

    private void replace(JsonElement bySpace) {
        replacements.add(new Replacement(bySpace.getAsString(), " "));
    }

    /** The bytes of a token: UTF-8 text, which may begin or end inside a character. */
    byte[] bytes(String token) {
        String text = replaced(token);
        if (byteFallback && BYTE.matcher(text).matches()) {
            return new byte[] {(byte) Integer.parseInt(text.substring(3, 5), 16)};
        }
        byte[] bytes = byteLevel ? bytesOfLetters(text) : null;
        return bytes == null ? text.getBytes(StandardCharsets.UTF_8) : bytes;
    }

    /** The bytes of an added token, whose letters never stand for bytes. */
    byte[] bytesOfAdded(String token) {
        return replaced(token).getBytes(StandardCharsets.UTF_8);
    }

    private String replaced(String token) {
        String text = token;
        for (Replacement r : replacements) {
            text = text.replace(r.from, r.to);
        }
        return text;
    }

    /** The bytes that the letters stand for; null if a character is not such a letter. */
    private static byte @Nullable [] bytesOfLetters(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            int letter = token.charAt(i);
            if (letter >= BYTE_OF_LETTER.length || BYTE_OF_LETTER[letter] < 0) {
                return null;
            }
            bytes[i] = (byte) BYTE_OF_LETTER[letter];
        }
        return bytes;
    }

    /** The tokens that stand for one byte each where a tokenizer falls back to bytes. */
    static List<String> byteTokens() {
        return IntStream.range(0, 0x100).mapToObj("<0x%02X>"::formatted).toList();
    }

    /** The letters that stand for the bytes in a byte-level tokenizer. */
    static List<String> byteLetters() {
        return IntStream.range(0, BYTE_OF_LETTER.length)
                .filter(letter -> BYTE_OF_LETTER[letter] >= 0)
                .mapToObj(Character::toString)
                .toList();
    }

    /** GPT-2's letters for bytes: a printable byte is its Latin-1 character; the others are U+0100 and up, in order. */
    private static int[] byteOfLetter() {
        int[] bytes = new int[0x100 + 68];
        Arrays.fill(bytes, -1);
        int next = 0x100;
        for (int b = 0; b < 0x100; b++) {
            boolean prints = (b >= '!' && b <= '~') || (b >= 0xA1 && b != 0xAD);
            bytes[prints ? b : next++] = b;
        }
        return bytes;
    }
}
