package dev.headlight.web;

import dev.headlight.model.schedule.Cancellation;
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

/** Threads that compute, with a bounded queue. A request that finds the queue full is answered 429. */
final class Workers implements AutoCloseable {
    private static final long SHUTDOWN_SECONDS = 30;

    private final ThreadPoolExecutor threads;
    private final Consumer<Duration> onStart;

    /** @param onStart receives the time that each request waited for a worker */
    Workers(int count, int queue, Consumer<Duration> onStart) {
        this.onStart = onStart;
        AtomicInteger number = new AtomicInteger();
        BlockingQueue<Runnable> waiting = queue > 0 ? new ArrayBlockingQueue<>(queue) : new SynchronousQueue<>();
        threads = new ThreadPoolExecutor(
                count, count, 0, TimeUnit.SECONDS, waiting, r -> new Thread(r, "worker-" + number.incrementAndGet()));
    }

    /**
     * Computes on a worker and waits for the result. A cancelled request leaves the queue at once.
     *
     * @throws QueueFull if no worker is free and the queue is full
     * @throws dev.headlight.model.schedule.Cancelled if the request is cancelled
     */
    <R> R run(Supplier<R> work) {
        CompletableFuture<R> result = new CompletableFuture<>();
        Runnable task = task(traced(work), result);
        try {
            threads.execute(task);
            try (Cancellation.Registration leave = Cancellation.current().onCancel(cancelled -> {
                if (threads.remove(task)) {
                    result.completeExceptionally(cancelled);
                }
            })) {
                return result.join();
            }
        } catch (RejectedExecutionException e) {
            throw new QueueFull(threads.getQueue().size());
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static <R> Runnable task(Supplier<R> work, CompletableFuture<R> result) {
        return () -> {
            try {
                result.complete(work.get());
            } catch (Throwable e) { // the request answers it
                result.completeExceptionally(e);
            }
        };
    }

    /**
     * Wraps the work: reports the waiting time, copies the id of the request into the log lines of the worker, and lets
     * the request's cancellation reach it.
     */
    private <R> Supplier<R> traced(Supplier<R> work) {
        long queued = System.nanoTime();
        Cancellation cancellation = Cancellation.current();
        Map<String, String> request = MDC.getCopyOfContextMap();
        return () -> {
            onStart.accept(Duration.ofNanos(System.nanoTime() - queued));
            MDC.setContextMap(request == null ? Map.of() : request);
            try (Cancellation.Scope scope = cancellation.enter()) {
                cancellation.check();
                return work.get();
            } finally {
                MDC.clear();
            }
        };
    }

    /** Number of requests that wait for a worker. */
    int waiting() {
        return threads.getQueue().size();
    }

    /** Number of requests that compute. */
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

    /** The queue is full and nothing was started. {@link ProblemAdvice} answers 429, so that the client tries again. */
    static final class QueueFull extends RuntimeException {
        QueueFull(int waiting) {
            super(waiting + " requests are already waiting");
        }
    }
}
