package dev.headlight.web.access;

import dev.headlight.model.fault.BadSetting;
import dev.headlight.web.Sha256;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A key that a client shows. Only its SHA-256 is kept: a random key of 128 bits or more cannot be guessed from it, so that
 * a slow hash would only slow down every request.
 *
 * @param name for the log and the rate limit
 * @param hash SHA-256 of the key in UTF-8
 */
record ApiKey(String name, byte[] hash, List<Scope> scopes) {
    /** Fewer characters can be guessed. */
    static final int SHORT = 16;

    private static final Pattern FORM = Pattern.compile(
            "(?:(?<name>[\\w.-]+):)??(?<key>[^:\\s]+)(?::(?<scopes>(?:read|run|admin)(?:\\+(?:read|run|admin))*))?");
    private static final String HASHED = "{sha256}";

    /**
     * Reads {@code [name:]key[:scopes]}. Without scopes the key has all.
     *
     * @param setting that the key comes from, for the message
     * @param number of the key there, from 1; also the name of a key without one
     * @throws BadSetting if it has another form; the message does not contain the key
     */
    static ApiKey of(String setting, int number, String text) {
        Matcher form = FORM.matcher(text.trim());
        if (!form.matches()) {
            throw new BadSetting(
                    setting,
                    "has a key in another form than [name:]key[:scopes] (number " + number
                            + "); the scopes are read, run and admin, joined by +");
        }
        @Nullable String name = form.group("name");
        @Nullable String scopes = form.group("scopes");
        return new ApiKey(
                name == null ? "key-" + number : name,
                hash(setting, number, form.group("key")),
                scopes == null ? List.of(Scope.values()) : scopes(scopes));
    }

    private static List<Scope> scopes(String names) {
        return Arrays.stream(names.split("\\+"))
                .map(name -> Scope.valueOf(name.toUpperCase(Locale.ROOT)))
                .toList();
    }

    private static byte[] hash(String setting, int number, String key) {
        if (!key.startsWith(HASHED)) {
            return Sha256.of(key);
        }
        try {
            byte[] hash = HexFormat.of().parseHex(key.substring(HASHED.length()));
            if (hash.length == Sha256.of("").length) {
                return hash;
            }
        } catch (IllegalArgumentException e) {
            // refused below
        }
        throw new BadSetting(setting, "has a hash that is not 64 hexadecimal digits (key number " + number + ")");
    }
}
