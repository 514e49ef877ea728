package dev.headlight.web;

import dev.headlight.model.fault.BadSetting;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may use the service: the {@code headlight.access.*} settings.
 *
 * @param open whether everybody may use the service at an address that other machines reach
 * @param keys API keys, each {@code [name:]key[:scopes]}; the key itself, or {@code {sha256}} and its hash in hexadecimal
 * @param keysFile file with one key a line, read again when it changes; null for none
 * @param hosts names in the {@code Host} header by which the service is called, beside those of this machine
 * @param allowedOrigins origins of web pages that may use the service from a browser, such as {@code https://hub.example}
 * @param rateLimit limit of each key, and of each address without a key
 */
public record AccessSettings(
        @DefaultValue("false") boolean open,
        @DefaultValue List<String> keys,
        @Nullable String keysFile,
        @DefaultValue List<String> hosts,
        @DefaultValue List<String> allowedOrigins,
        @DefaultValue RateLimit rateLimit) {
    /**
     * The number of requests in a time.
     *
     * @param requests that may come in one period; 0 for any number
     * @param period in which they become available again, evenly
     */
    public record RateLimit(
            @DefaultValue("0") long requests,
            @DefaultValue("1m") Duration period) {
        /** Checks the limit. */
        public RateLimit {
            require(requests >= 0, "requests", "must be at least 0");
            require(period.toSeconds() >= 1, "period", "must be at least 1s");
        }

        private static void require(boolean isValid, String name, String rule) {
            if (!isValid) {
                throw new BadSetting("headlight.access.rate-limit." + name, rule);
            }
        }
    }
}
