package dev.headlight.model.hub;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A temporary failure of the hub, or of the connection to it. */
final class Unreachable extends IOException {
    private final @Nullable Duration retryAfter;

    Unreachable(String reason) {
        this(reason, null);
    }

    /** @param retryAfter the wait that the hub asks for; null if it names none */
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
