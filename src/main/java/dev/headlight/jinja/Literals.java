package dev.headlight.jinja;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses number and string literals. */
final class Literals {
    private static final Pattern FLOAT =
            Pattern.compile("[0-9]+(?:_[0-9]+)*(?:\\.[0-9]+(?:_[0-9]+)*)?(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?");
    private static final Pattern INTEGER = Pattern.compile("[1-9](?:_?[0-9])*|0(?:_?0)*");
    private static final int LONGEST = 64; // most characters of a number

    /**
     * A literal.
     *
     * @param value {@code Long}, {@code Double} or {@code String}
     * @param end position after it in the source
     */
    record Literal(Object value, int end) {}

    private Literals() {}

    /**
     * Parses a number.
     *
     * @param at position of its first digit
     * @param afterDot whether it is an index as in {@code messages.0.role}, which cannot be a float
     */
    static Literal number(String source, int at, boolean afterDot) {
        int end = Math.min(source.length(), at + LONGEST);
        Matcher real = FLOAT.matcher(source).region(at, end);
        Matcher integer = INTEGER.matcher(source).region(at, end);
        boolean isInteger = integer.lookingAt();
        if (!afterDot && real.lookingAt() && (!isInteger || real.end() > integer.end())) {
            String text = real.group().replace("_", "");
            if (text.chars().allMatch(Character::isDigit)) {
                throw new Unsupported("a number that starts with 0");
            }
            return new Literal(Double.valueOf(text), real.end());
        }
        if (!isInteger || (integer.end() < source.length() && "xXoObB".indexOf(source.charAt(integer.end())) >= 0)) {
            throw new Unsupported("a number of this form");
        }
        try {
            return new Literal(Long.valueOf(integer.group().replace("_", "")), integer.end());
        } catch (NumberFormatException e) {
            throw new Unsupported("an integer of more than 64 bits");
        }
    }

    /**
     * Parses a string.
     *
     * @param at position of its opening quote
     */
    static Literal string(String source, int at) {
        char quote = source.charAt(at);
        StringBuilder out = new StringBuilder();
        int i = at + 1;
        while (i < source.length() && source.charAt(i) != quote) {
            if (source.charAt(i) == '\\' && i + 1 < source.length()) {
                i = escape(source, i + 1, out);
            } else {
                out.append(source.charAt(i++));
            }
        }
        if (i >= source.length()) {
            throw new TemplateFault("a string is not closed");
        }
        return new Literal(out.toString(), i + 1);
    }

    /** Unescapes as Python does; a backslash before any other character is kept. */
    private static int escape(String source, int at, StringBuilder out) {
        char c = source.charAt(at);
        switch (c) {
            case 'n' -> out.append('\n');
            case 't' -> out.append('\t');
            case 'r' -> out.append('\r');
            case 'a' -> out.append('\u0007');
            case 'b' -> out.append('\b');
            case 'f' -> out.append('\f');
            case 'v' -> out.append('\u000b');
            case '\\', '\'', '"' -> out.append(c);
            case '\n' -> {}
            case 'x' -> {
                return code(source, at + 1, 2, out);
            }
            case 'u' -> {
                return code(source, at + 1, 4, out);
            }
            case 'U' -> {
                return code(source, at + 1, 8, out);
            }
            default -> {
                if (c == 'N' || c >= 0x80 || (c >= '0' && c <= '7')) {
                    throw new Unsupported("the escape \\" + c);
                }
                out.append('\\').append(c);
            }
        }
        return at + 1;
    }

    private static int code(String source, int at, int digits, StringBuilder out) {
        int end = at + digits;
        String code = source.substring(Math.min(at, source.length()), Math.min(end, source.length()));
        if (!code.matches("[0-9a-fA-F]{" + digits + "}")) {
            throw new TemplateFault("an escape needs " + digits + " hexadecimal digits");
        }
        long character = Long.parseLong(code, 16);
        if (character > Character.MAX_CODE_POINT
                || (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE)) {
            throw new Unsupported("an escape that is not a character");
        }
        out.appendCodePoint((int) character);
        return end;
    }
}
