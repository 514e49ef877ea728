package dev.headlight.model.hub;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The hub, or the way to it, failed in a way that may pass. */
final class Unreachable extends IOException {
    private final @Nullable Duration retryAfter;

    Unreachable(String reason) {
        this(reason, null);
    }

    /** @param retryAfter how long the hub asks to wait; null where it does not say */
    Unreachable(String reason, @Nullable Duration retryAfter) {
        super(reason);
        this.retryAfter = retryAfter;
    }

    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
