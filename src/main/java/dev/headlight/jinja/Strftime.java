package dev.headlight.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** Python's {@code strftime} in its default locale, English. */
final class Strftime {
    private static final Map<String, String> PATTERNS = Map.ofEntries(
            Map.entry("a", "EEE"),
            Map.entry("A", "EEEE"),
            Map.entry("b", "MMM"),
            Map.entry("B", "MMMM"),
            Map.entry("d", "dd"),
            Map.entry("-d", "d"),
            Map.entry("F", "yyyy-MM-dd"),
            Map.entry("H", "HH"),
            Map.entry("-H", "H"),
            Map.entry("I", "hh"),
            Map.entry("-I", "h"),
            Map.entry("j", "DDD"),
            Map.entry("m", "MM"),
            Map.entry("-m", "M"),
            Map.entry("M", "mm"),
            Map.entry("-M", "m"),
            Map.entry("p", "a"),
            Map.entry("S", "ss"),
            Map.entry("-S", "s"),
            Map.entry("T", "HH:mm:ss"),
            Map.entry("y", "yy"),
            Map.entry("Y", "yyyy"));

    private Strftime() {}

    /** Formats a time, as Python's {@code time.strftime(format)}. */
    static String write(LocalDateTime time, String format) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < format.length()) {
            char c = format.charAt(at++);
            if (c != '%') {
                out.append(c);
                continue;
            }
            int end = Math.min(format.length(), at + (format.startsWith("-", at) ? 2 : 1));
            String directive = format.substring(at, end);
            String pattern = PATTERNS.get(directive);
            if (pattern != null) {
                out.append(DateTimeFormatter.ofPattern(pattern, Locale.US).format(time));
            } else if (directive.equals("%")) {
                out.append('%');
            } else {
                throw new Unsupported("the time format %" + directive);
            }
            at = end;
        }
        return out.toString();
    }
}
