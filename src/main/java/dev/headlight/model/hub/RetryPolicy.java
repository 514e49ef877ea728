package dev.headlight.model.hub;

import java.time.Duration;

/**
 * When a download is retried and when it is given up.
 *
 * @param timeout longest wait for a connection, for an answer, and for the next byte
 * @param attempts number of connections in a row without a new byte before the download is given up
 * @param backoff wait after the first of them; doubled after each, up to one minute
 */
public record RetryPolicy(Duration timeout, int attempts, Duration backoff) {
    private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    Tries tries() {
        return new Tries();
    }

    /** Counts the attempts at one request. */
    final class Tries {
        private int failures;

        void progressed() {
            failures = 0;
        }

        /**
         * Waits before the next attempt, for the time that the hub asks for, or else for the backoff.
         *
         * @throws DownloadFailed if there is no further attempt
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
