package dev.headlight.model;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tokens as readable text, though a character may be spread over several of them. */
final class TokenTexts {
    private TokenTexts() {}

    /**
     * The text of each token; joined, they read as the whole. A character stands at the token that completes it, and the
     * tokens before it that hold only a part of it are empty. A byte that belongs to no character is {@code <0xE6>}.
     *
     * @param tokens the bytes of each
     */
    static List<String> of(List<byte[]> tokens) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        tokens.forEach(joined::writeBytes);
        byte[] bytes = joined.toByteArray();
        List<String> texts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        int at = 0;
        int end = 0; // of the token
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

    /** Bytes of the character that starts here; 0 where none does. */
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
        return Arrays.equals(character, again) ? length : 0; // Java puts U+FFFD for what is no character
    }

    /** By the first byte. */
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
