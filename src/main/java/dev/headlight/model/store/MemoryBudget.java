package dev.headlight.model.store;

import dev.headlight.model.fault.TooLarge;
import java.time.Duration;
import java.util.Optional;

/** The memory that weights, running requests and unsent answers may take together. */
public final class MemoryBudget {
    /** Makes room for others. */
    interface Evictor {
        /** Frees something that nobody uses; false where there is nothing. */
        boolean evict();
    }

    /** There was not enough free memory in time; nothing was started. */
    public static final class NotEnoughMemory extends RuntimeException {
        NotEnoughMemory(String need, long free, long total) {
            super(need + ", and " + free + " of " + total + " bytes are free");
        }
    }

    /** A part of the memory, given back when closed. */
    public final class Reservation implements AutoCloseable {
        private long bytes;

        private Reservation(long bytes) {
            this.bytes = bytes;
        }

        long bytes() {
            return bytes;
        }

        /** Gives back all except {@code rest} bytes. */
        public void shrinkTo(long rest) {
            synchronized (MemoryBudget.this) {
                if (rest < bytes) {
                    taken -= bytes - rest;
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
    private long taken;

    /** @param total bytes */
    public MemoryBudget(long total) {
        this.total = total;
    }

    /** Bytes in all. */
    public long total() {
        return total;
    }

    /** Bytes that are taken. */
    public synchronized long taken() {
        return taken;
    }

    /** Takes a part if it is free now; empty where it is not. */
    synchronized Optional<Reservation> tryTake(long bytes) {
        if (taken + bytes > total) {
            return Optional.empty();
        }
        taken += bytes;
        return Optional.of(new Reservation(bytes));
    }

    /**
     * Takes a part. Evicts or waits first where it is not free.
     *
     * @param field of the request that asks for it
     * @param most the most bytes that can ever be free for it
     * @throws TooLarge if it is more than that
     * @throws NotEnoughMemory if it is not free in time
     */
    synchronized Reservation take(String field, long bytes, long most, Evictor evictor, Duration patience) {
        requireAtMost(most, field, bytes);
        long deadline = System.nanoTime() + patience.toNanos();
        while (taken + bytes > total) {
            if (!evictor.evict()) {
                await(bytes, deadline);
            }
        }
        taken += bytes;
        return new Reservation(bytes);
    }

    static void requireAtMost(long most, String field, long bytes) {
        if (bytes > most) {
            throw new TooLarge(field, bytes, most, "bytes of memory", "headlight.memory-budget");
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
    private void await(long bytes, long deadline) {
        long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        try {
            if (millis > 0) {
                wait(millis);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new NotEnoughMemory("the request needs " + bytes + " bytes of memory", total - taken, total);
    }

    /** Tells those who wait that there may be something to evict. */
    synchronized void retryWaiting() {
        notifyAll();
    }

    /** The error of a request that waited for its turn too long. */
    synchronized NotEnoughMemory waitedTooLong() {
        return new NotEnoughMemory("other requests are waiting for memory", total - taken, total);
    }
}
