package dev.headlight.model.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Turns the bytes of tokens into readable text, although one character can span several tokens. */
final class TokenTexts {
    private TokenTexts() {}

    /**
     * The text of each token; concatenated they give the whole text. A character that spans several tokens appears at the
     * last of them, and the others are empty. A byte that belongs to no character is {@code <0xE6>}.
     *
     * @param tokens the bytes of each token
     */
    static List<String> of(List<byte[]> tokens) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        tokens.forEach(joined::writeBytes);
        byte[] bytes = joined.toByteArray();
        List<String> texts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        int at = 0;
        int end = 0; // end of the current token
        for (byte[] token : tokens) {
            end += token.length;
            while (at < end) {
                int length = characterAt(bytes, at);
                if (at + length > end) {
                    break; // a later token completes it
                }
                append(text, bytes, at, length);
                at += Math.max(length, 1);
            }
            texts.add(text.toString());
            text.setLength(0);
        }
        return texts;
    }

    /** Number of bytes of the character that starts here; 0 if no valid character does. */
    private static int characterAt(byte[] bytes, int at) {
        int length = lengthOf(bytes[at]);
        if (length < 2) {
            return length;
        }
        if (at + length > bytes.length) {
            return 0;
        }
        byte[] character = Arrays.copyOfRange(bytes, at, at + length);
        byte[] again = new String(character, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
        return Arrays.equals(character, again) ? length : 0; // Java decodes invalid bytes to U+FFFD
    }

    /** Number of bytes that the first byte of a character announces; 0 if no character starts with it. */
    private static int lengthOf(byte first) {
        int ones = Integer.numberOfLeadingZeros(~(first << 24));
        return switch (ones) {
            case 0 -> 1;
            case 2, 3, 4 -> ones;
            default -> 0;
        };
    }

    private static void append(StringBuilder text, byte[] bytes, int at, int length) {
        if (length == 0) {
            text.append("<0x%02X>".formatted(bytes[at]));
        } else {
            text.append(new String(bytes, at, length, StandardCharsets.UTF_8));
        }
    }
}
