package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.List;

/** Strings with Python's semantics: counted in code points, with Unicode whitespace. */
public final class Text {
    private Text() {}

    /** Whether Python counts a character as whitespace. */
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

    /** Whether a string is not empty and has only whitespace. */
    static boolean isSpace(String s) {
        return !s.isEmpty() && s.chars().allMatch(Text::isSpace);
    }

    /** Removes whitespace at the start. */
    static String stripLeft(String s) {
        int from = 0;
        while (from < s.length() && isSpace(s.charAt(from))) {
            from++;
        }
        return s.substring(from);
    }

    /** Removes whitespace at the end, as Python's {@code str.rstrip}. */
    public static String stripRight(String s) {
        int to = s.length();
        while (to > 0 && isSpace(s.charAt(to - 1))) {
            to--;
        }
        return s.substring(0, to);
    }

    /** Removes whitespace at both ends, as Python's {@code str.strip}. */
    public static String strip(String s) {
        return stripRight(stripLeft(s));
    }

    /** Number of code points. */
    static int length(String s) {
        return s.codePointCount(0, s.length());
    }

    /** The code points, one string each. */
    static List<Object> characters(String s) {
        List<Object> characters = new ArrayList<>(s.length());
        s.codePoints().forEach(c -> characters.add(Character.toString(c)));
        return characters;
    }

    /** Compares by code points, as Python does. Java compares UTF-16 units, which differs above U+FFFF. */
    static int compare(String a, String b) {
        int at = 0;
        while (at < a.length() && at < b.length() && a.charAt(at) == b.charAt(at)) {
            at++;
        }
        if (at == a.length() || at == b.length()) {
            return Integer.compare(a.length(), b.length());
        }
        boolean inPair = at > 0
                && Character.isHighSurrogate(
                        a.charAt(at - 1)); // both have the same high surrogate, and the low ones differ
        int from = inPair ? at - 1 : at;
        return Integer.compare(a.codePointAt(from), b.codePointAt(from));
    }

    /** Whether a string is all ASCII. */
    static boolean isAscii(String s) {
        return s.chars().allMatch(c -> c < 0x80);
    }

    /**
     * Returns the string.
     *
     * @throws Unsupported if it is not all ASCII, because Python's Unicode tables may differ from Java's
     */
    static String ascii(String s, String operation) {
        if (!isAscii(s)) {
            throw new Unsupported(operation + " of text outside ASCII");
        }
        return s;
    }
}
