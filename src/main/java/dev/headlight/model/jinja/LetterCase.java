package dev.headlight.model.jinja;

import java.util.Locale;
import java.util.function.Predicate;

/** Letters and their case, as far as Java's tables of Unicode are known to say what Python's say. */
final class LetterCase {
    private LetterCase() {}

    static boolean all(String s, String name, Predicate<Character> such) {
        return !s.isEmpty() && Text.ascii(s, name).chars().allMatch(c -> such.test((char) c));
    }

    /** Whether there are letters, and none of the other case. */
    static boolean isCase(String s, String name, char otherFrom, char otherTo) {
        return Text.ascii(s, name).chars().anyMatch(Character::isLetter)
                && s.chars().noneMatch(c -> c >= otherFrom && c <= otherTo);
    }

    static String upper(String s) {
        return known(s).toUpperCase(Locale.ROOT);
    }

    static String lower(String s) {
        if (s.indexOf('\u03a3') >= 0) { // what it becomes depends on what is around it
            throw new Unsupported("the lower case of a text with a capital sigma");
        }
        return known(s).toLowerCase(Locale.ROOT);
    }

    /** Python's tables of Unicode may be newer than Java's. */
    private static String known(String s) {
        if (!Text.isAscii(s) && s.codePoints().anyMatch(c -> Character.getType(c) == Character.UNASSIGNED)) {
            throw new Unsupported("the case of a character that this Java does not know");
        }
        return s;
    }

    static String capitalize(String s) {
        String ascii = Text.ascii(s, "capitalize");
        return ascii.isEmpty() ? s : upper(ascii.substring(0, 1)) + lower(ascii.substring(1));
    }

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
