package dev.headlight.web;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.MDC;

/** The threads that compute. They are few, since each takes a whole core, and have a bounded queue. */
final class Workers implements AutoCloseable {
    private static final long SHUTDOWN_SECONDS = 30;

    private final ThreadPoolExecutor threads;
    private final Consumer<Duration> onStart;

    /** @param onStart called with the time that each request waited for its worker */
    Workers(int count, int queue, Consumer<Duration> onStart) {
        this.onStart = onStart;
        AtomicInteger number = new AtomicInteger();
        BlockingQueue<Runnable> waiting = queue > 0 ? new ArrayBlockingQueue<>(queue) : new SynchronousQueue<>();
        threads = new ThreadPoolExecutor(
                count, count, 0, TimeUnit.SECONDS, waiting, r -> new Thread(r, "worker-" + number.incrementAndGet()));
    }

    /**
     * Computes on a worker and waits for it.
     *
     * @throws QueueFull if no worker is free and the queue is full
     */
    <R> R run(Supplier<R> work) {
        try {
            return CompletableFuture.supplyAsync(traced(work), threads).join();
        } catch (RejectedExecutionException e) {
            throw new QueueFull(threads.getQueue().size());
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** The work, which first reports its waiting time, and has the request's id in its log lines. */
    private <R> Supplier<R> traced(Supplier<R> work) {
        long asked = System.nanoTime();
        Map<String, String> request = MDC.getCopyOfContextMap();
        return () -> {
            onStart.accept(Duration.ofNanos(System.nanoTime() - asked));
            MDC.setContextMap(request == null ? Map.of() : request);
            try {
                return work.get();
            } finally {
                MDC.clear();
            }
        };
    }

    /** How many requests wait for a worker. */
    int waiting() {
        return threads.getQueue().size();
    }

    /** How many requests compute. */
    int running() {
        return threads.getActiveCount();
    }

    @Override
    public void close() {
        threads.shutdown();
        try {
            threads.awaitTermination(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** No worker is free and the queue is full; nothing was started, and the client may try again. */
    static final class QueueFull extends RuntimeException {
        QueueFull(int waiting) {
            super(waiting + " requests are waiting already");
        }
    }
}
