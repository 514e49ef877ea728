package dev.headlight.model.jinja;

import java.util.ArrayList;
import java.util.List;

/** Strings as Python has them: counted in code points, with Unicode's whitespace. */
public final class Text {
    private Text() {}

    static boolean isSpace(int c) {
        return c == ' '
                || (c >= 0x09 && c <= 0x0d)
                || (c >= 0x1c && c <= 0x1f)
                || c == 0x85
                || c == 0xa0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200a)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /** Whether there is any character, and only whitespace. */
    static boolean isSpace(String s) {
        return !s.isEmpty() && s.chars().allMatch(Text::isSpace);
    }

    static String stripLeft(String s) {
        int from = 0;
        while (from < s.length() && isSpace(s.charAt(from))) {
            from++;
        }
        return s.substring(from);
    }

    /** Without the whitespace at its end. */
    public static String stripRight(String s) {
        int to = s.length();
        while (to > 0 && isSpace(s.charAt(to - 1))) {
            to--;
        }
        return s.substring(0, to);
    }

    /** Without the whitespace around it. */
    public static String strip(String s) {
        return stripRight(stripLeft(s));
    }

    static int length(String s) {
        return s.codePointCount(0, s.length());
    }

    /** One string a code point. */
    static List<Object> characters(String s) {
        List<Object> characters = new ArrayList<>(s.length());
        s.codePoints().forEach(c -> characters.add(Character.toString(c)));
        return characters;
    }

    /** By code points, as Python orders strings; Java's own order puts some above U+FFFF before others below. */
    static int compare(String a, String b) {
        int at = 0;
        while (at < a.length() && at < b.length() && a.charAt(at) == b.charAt(at)) {
            at++;
        }
        if (at == a.length() || at == b.length()) {
            return Integer.compare(a.length(), b.length());
        }
        boolean inPair =
                at > 0 && Character.isHighSurrogate(a.charAt(at - 1)); // the same one of both, and what follows differs
        int from = inPair ? at - 1 : at;
        return Integer.compare(a.codePointAt(from), b.codePointAt(from));
    }

    static boolean isAscii(String s) {
        return s.chars().allMatch(c -> c < 0x80);
    }

    /** @throws Unsupported if it is not ASCII, where Python's tables of Unicode may differ from Java's */
    static String ascii(String s, String operation) {
        if (!isAscii(s)) {
            throw new Unsupported(operation + " of text that is not ASCII");
        }
        return s;
    }
}
