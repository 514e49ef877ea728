package dev.headlight.model.store;

import dev.headlight.model.schedule.Cancellation;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Lets one request after the other in, in the order in which they came. A cancelled request leaves the queue at once. */
final class Turn {
    private final Deque<Object> queue = new ArrayDeque<>(); // the first is in

    /**
     * Waits until all earlier requests have left.
     *
     * @param most the longest wait
     * @return whether the request is in and must {@link #leave}; false if the wait was too long
     * @throws dev.headlight.model.schedule.Cancelled if the request is cancelled while it waits
     */
    @SuppressWarnings("try") // the resource only ends with the block
    synchronized boolean enter(Duration most) throws InterruptedException {
        Object ticket = new Object();
        long deadline = System.nanoTime() + most.toNanos();
        Cancellation cancellation = Cancellation.current();
        queue.add(ticket);
        boolean entered = false;
        try (Cancellation.Registration wake = cancellation.onCancel(cancelled -> wakeAll())) {
            while (queue.peek() != ticket) {
                cancellation.check();
                long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
                if (millis <= 0) {
                    return false;
                }
                wait(millis);
            }
            entered = true;
            return true;
        } finally {
            if (!entered) {
                queue.remove(ticket);
                notifyAll();
            }
        }
    }

    private synchronized void wakeAll() {
        notifyAll();
    }

    /** Lets the next request in. */
    synchronized void leave() {
        queue.remove();
        notifyAll();
    }
}
