package dev.headlight.model.text;

import dev.headlight.model.fault.ModelRefused;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Refuses a regular expression with nested unbounded repetitions, such as {@code (a+)+$}, which may backtrack
 * exponentially, or with too many levels: the library that matches it would crash the process. Expressions that backtrack
 * badly for other reasons are not detected.
 */
final class RegexCheck {
    private static final int LONGEST = 10_000;
    private static final int DEEPEST = 50;
    private static final Pattern BOUND = Pattern.compile("\\{(\\d*)(,(\\d*))?}");

    private final String path;
    private final String regex;
    private final Deque<Boolean> groups =
            new ArrayDeque<>(); // per open group: whether it contains an unbounded repetition
    private int at;

    private RegexCheck(String path, String regex) {
        this.path = path;
        this.regex = regex;
        groups.push(false);
    }

    /** @throws ModelRefused for such an expression */
    static void require(String path, String regex) {
        if (regex.length() > LONGEST) {
            throw TokenizerCheck.refused(path, "holds a regular expression of " + regex.length() + " characters");
        }
        new RegexCheck(path, regex).scan();
    }

    private void scan() {
        while (at < regex.length()) {
            switch (regex.charAt(at)) {
                case '(' -> open();
                case ')' -> close();
                case '[' -> characterClass();
                case '\\' -> at += 2;
                default -> at++;
            }
            if (isRepeatedWithoutBound()) {
                markUnboundedRepetition();
            }
        }
    }

    private void open() {
        groups.push(false);
        require(groups.size() - 1);
        at++;
        if (at < regex.length() && regex.charAt(at) == '?') {
            at++; // as in (?: where it is not a repetition
        }
    }

    private void close() {
        at++;
        if (groups.size() == 1) {
            return; // the library reports it
        }
        boolean repeats = groups.pop();
        if (repeats && isRepeatedWithoutBound()) {
            throw TokenizerCheck.refused(
                    path,
                    "holds the regular expression " + regex
                            + ", which repeats an unbounded repetition and may never end");
        }
        if (repeats) {
            markUnboundedRepetition();
        }
    }

    private void markUnboundedRepetition() {
        groups.pop();
        groups.push(true);
    }

    private void characterClass() {
        int depth = 0;
        do {
            char c = regex.charAt(at);
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            require(depth);
            at += c == '\\' ? 2 : 1;
        } while (depth > 0 && at < regex.length());
    }

    private void require(int depth) {
        if (depth > DEEPEST) {
            throw TokenizerCheck.refused(path, "holds a regular expression of more than " + DEEPEST + " levels");
        }
    }

    /** Whether {@code *}, {@code +} or <code>{n,}</code> is at the current position. */
    private boolean isRepeatedWithoutBound() {
        if (at >= regex.length()) {
            return false;
        }
        char c = regex.charAt(at);
        if (c == '{') {
            Matcher bound = BOUND.matcher(regex).region(at, regex.length());
            return bound.lookingAt() && bound.group(2) != null && bound.group(3).isEmpty();
        }
        return c == '*' || c == '+';
    }
}
