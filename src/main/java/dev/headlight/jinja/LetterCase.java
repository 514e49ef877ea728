package dev.headlight.jinja;

import java.util.Locale;
import java.util.function.Predicate;

/** Case of letters. Operations are refused for characters on which Java's and Python's Unicode tables may differ. */
final class LetterCase {
    private LetterCase() {}

    /** Whether there are characters and all pass a test. */
    static boolean all(String s, String name, Predicate<Character> test) {
        return !s.isEmpty() && Text.ascii(s, name).chars().allMatch(c -> test.test((char) c));
    }

    /** Whether there are letters, and none in the range of the other case. */
    static boolean isCase(String s, String name, char otherFrom, char otherTo) {
        return Text.ascii(s, name).chars().anyMatch(Character::isLetter)
                && s.chars().noneMatch(c -> c >= otherFrom && c <= otherTo);
    }

    /** Python's {@code str.upper}. */
    static String upper(String s) {
        return known(s).toUpperCase(Locale.ROOT);
    }

    /** Python's {@code str.lower}. */
    static String lower(String s) {
        if (s.indexOf('\u03a3') >= 0) { // its lower case depends on its neighbours
            throw new Unsupported("the lower case of text with a capital sigma");
        }
        return known(s).toLowerCase(Locale.ROOT);
    }

    /** Refuses unassigned characters, since Python's Unicode tables may be newer than Java's. */
    private static String known(String s) {
        if (!Text.isAscii(s) && s.codePoints().anyMatch(c -> Character.getType(c) == Character.UNASSIGNED)) {
            throw new Unsupported("the case of a character that this Java does not know");
        }
        return s;
    }

    /** Python's {@code str.capitalize}. */
    static String capitalize(String s) {
        String ascii = Text.ascii(s, "capitalize");
        return ascii.isEmpty() ? s : upper(ascii.substring(0, 1)) + lower(ascii.substring(1));
    }

    /** Python's {@code str.title}. */
    static String title(String s) {
        StringBuilder title = new StringBuilder();
        boolean inWord = false;
        for (char c : Text.ascii(s, "title").toCharArray()) {
            title.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inWord = Character.isLetter(c);
        }
        return title.toString();
    }
}
