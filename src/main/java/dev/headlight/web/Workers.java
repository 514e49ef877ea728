package dev.headlight.web;

import dev.headlight.model.schedule.PassScheduler;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Limits the requests that compute or wait for it. Each computes on its own thread, and its passes on the threads of the
 * scheduler. A request beyond the limit is answered 429.
 */
final class Workers implements AutoCloseable {
    private static final long SHUTDOWN_SECONDS = 30;

    private final PassScheduler scheduler;
    private final int places;
    private final Semaphore free;

    /**
     * @param places number of requests that may compute or wait
     * @param scheduler closed with the workers
     */
    Workers(int places, PassScheduler scheduler) {
        this.places = places;
        this.free = new Semaphore(places);
        this.scheduler = scheduler;
    }

    /**
     * Computes on this thread.
     *
     * @throws QueueFull if too many requests compute or wait
     */
    <R> R run(Supplier<R> work) {
        if (!free.tryAcquire()) {
            throw new QueueFull(scheduler.waiting());
        }
        try {
            PassScheduler.prepareSubmitter();
            return work.get();
        } finally {
            free.release();
        }
    }

    /** Number of requests that compute or wait for it. */
    int running() {
        return places - free.availablePermits();
    }

    /** Waits for the requests that were accepted, then ends the threads of the scheduler. */
    @Override
    public void close() {
        try {
            free.tryAcquire(places, SHUTDOWN_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        scheduler.close();
    }

    /** The queue is full and nothing was started. {@link ProblemAdvice} answers 429, so that the client tries again. */
    static final class QueueFull extends RuntimeException {
        QueueFull(int waiting) {
            super(waiting + " requests are already waiting");
        }
    }
}
