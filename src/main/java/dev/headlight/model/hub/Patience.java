package dev.headlight.model.hub;

import java.time.Duration;

/**
 * How long a download goes on without getting anywhere.
 *
 * @param timeout longest wait for a connection, for an answer, and for the next byte
 * @param attempts connections in a row that bring nothing new, before it is given up
 * @param backoff wait after the first of them; doubled after each
 */
public record Patience(Duration timeout, int attempts, Duration backoff) {
    private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    Tries tries() {
        return new Tries();
    }

    /** The attempts at one thing. */
    final class Tries {
        private int failures;

        void progressed() {
            failures = 0;
        }

        /**
         * Waits before the next attempt, as long as the hub asked for where it did.
         *
         * @throws DownloadFailed if there is none
         */
        void failed(Unreachable e) throws DownloadFailed, InterruptedException {
            failures++;
            Duration asked = e.retryAfter();
            if (failures >= attempts) {
                throw new DownloadFailed(e.reason() + "; given up after " + failures + " attempts without progress");
            }
            if (asked != null && asked.compareTo(LONGEST_WAIT) > 0) {
                throw new DownloadFailed(e.reason() + " and asks to wait for " + asked.toSeconds() + " s");
            }
            Thread.sleep((asked == null ? backoff() : asked).toMillis());
        }

        private Duration backoff() {
            Duration doubled = backoff.multipliedBy(1L << Math.min(failures - 1, 20));
            return doubled.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : doubled;
        }
    }
}
