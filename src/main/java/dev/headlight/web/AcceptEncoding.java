package dev.headlight.web;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code Accept-Encoding}.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding">RFC 9110, section 12.5.3</a>
 */
final class AcceptEncoding {
    private AcceptEncoding() {}

    /**
     * Whether a client asks for gzip by name and does not prefer uncompressed answers.
     *
     * @param header null if the client sends none
     */
    static boolean asksForGzip(@Nullable String header) {
        if (header == null) {
            return false;
        }
        double gzip = weight(header, "gzip").orElse(0);
        return gzip > 0 && gzip >= weight(header, "identity").orElse(0);
    }

    private static OptionalDouble weight(String header, String coding) {
        return Arrays.stream(header.split(",", -1))
                .map(part -> part.replaceAll("\\s", "").split(";q=", 2))
                .filter(part -> part[0].equalsIgnoreCase(coding))
                .mapToDouble(part -> part.length == 1 ? 1 : number(part[1]))
                .findFirst();
    }

    private static double number(String weight) {
        try {
            return Double.parseDouble(weight);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
