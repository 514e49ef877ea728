package dev.headlight.model.store;

import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.model.text.ModelText;
import java.time.Duration;
import java.util.Optional;

/** The total memory for weights, running requests and unsent answers, in bytes. */
public final class MemoryBudget {
    /** Frees memory for others. */
    interface Evictor {
        /** Frees something that is not in use; returns false if there is nothing to free. */
        boolean evict();
    }

    /** Not enough memory became free in time. Nothing was started. */
    public static final class NotEnoughMemory extends RuntimeException {
        NotEnoughMemory(String need, long free, long total) {
            super(need + ", and " + free + " of " + total + " bytes are free");
        }
    }

    /** Reserved memory, released when closed. */
    public final class Reservation implements ModelText.Reserved {
        private long bytes;

        private Reservation(long bytes) {
            this.bytes = bytes;
        }

        long bytes() {
            return bytes;
        }

        /** Takes over the bytes of another reservation. */
        public void add(Reservation other) {
            synchronized (MemoryBudget.this) {
                bytes += other.bytes;
                other.bytes = 0;
            }
        }

        /** Releases all except {@code rest} bytes. */
        public void shrinkTo(long rest) {
            synchronized (MemoryBudget.this) {
                if (rest < bytes) {
                    reserved -= bytes - rest;
                    bytes = rest;
                    MemoryBudget.this.notifyAll();
                }
            }
        }

        @Override
        public void close() {
            shrinkTo(0);
        }
    }

    private final long total;
    private long reserved;

    /** A budget of {@code total} bytes, all of them free. */
    public MemoryBudget(long total) {
        this.total = total;
    }

    /** Total bytes, free or reserved. */
    public long total() {
        return total;
    }

    /** Reserved bytes. */
    public synchronized long reserved() {
        return reserved;
    }

    /** Reserves memory if it is free now; empty otherwise. */
    public synchronized Optional<Reservation> tryTake(long bytes) {
        if (reserved + bytes > total) {
            return Optional.empty();
        }
        reserved += bytes;
        return Optional.of(new Reservation(bytes));
    }

    /**
     * Reserves memory. If not enough is free, evicts first, and waits if nothing can be evicted.
     *
     * @param field of the request that asks for the memory
     * @param most the largest reservation that can ever succeed, in bytes
     * @param wait the longest wait
     * @throws TooLarge if {@code bytes} is more than {@code most}
     * @throws NotEnoughMemory if the memory does not become free in time
     * @throws dev.headlight.model.schedule.Cancelled if the request is cancelled while it waits
     */
    @SuppressWarnings("try") // the resource only ends with the block
    synchronized Reservation take(String field, long bytes, long most, Evictor evictor, Duration wait) {
        requireAtMost(most, field, bytes);
        long deadline = System.nanoTime() + wait.toNanos();
        Cancellation cancellation = Cancellation.current();
        try (Cancellation.Registration wake = cancellation.onCancel(cancelled -> retryWaiting())) {
            while (reserved + bytes > total) {
                cancellation.check();
                if (!evictor.evict()) {
                    await(bytes, deadline);
                }
            }
        }
        reserved += bytes;
        return new Reservation(bytes);
    }

    /**
     * Reserves memory without waiting for other requests.
     *
     * @param field of the request that asks for the memory
     * @param most the largest reservation that can ever succeed, in bytes
     * @throws TooLarge if {@code bytes} is more than {@code most}
     * @throws NotEnoughMemory if the memory is not free, and cannot be freed by evicting
     */
    Reservation takeNow(String field, long bytes, long most, Evictor evictor) {
        return take(field, bytes, most, evictor, Duration.ZERO);
    }

    /**
     * Reserves memory and waits for others to release theirs.
     *
     * @param field of the request that asks for the memory
     * @param bytes at most {@link #total}
     * @param wait the longest wait
     * @throws NotEnoughMemory if the memory does not become free in time
     * @throws dev.headlight.model.schedule.Cancelled if the request is cancelled while it waits
     */
    public Reservation await(String field, long bytes, Duration wait) {
        return take(field, bytes, total, () -> false, wait);
    }

    static void requireAtMost(long most, String field, long bytes) {
        if (bytes > most) {
            throw new TooLarge(field, bytes, most, "bytes of memory", "headlight.memory-budget");
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
    private void await(long bytes, long deadline) {
        long start = System.nanoTime();
        long millis = Duration.ofNanos(deadline - start).toMillis();
        try {
            if (millis > 0) {
                wait(millis);
                Cancellation.current().waited(System.nanoTime() - start);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new NotEnoughMemory("the request needs " + bytes + " bytes of memory", total - reserved, total);
    }

    /** Lets waiting requests try again, because something may have become evictable. */
    synchronized void retryWaiting() {
        notifyAll();
    }

    /** The error of a request that waited too long for other waiting requests. */
    synchronized NotEnoughMemory waitedTooLong() {
        return new NotEnoughMemory("other requests are waiting for memory", total - reserved, total);
    }
}
