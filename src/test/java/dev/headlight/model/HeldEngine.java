package dev.headlight.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.model.schedule.PassScheduler;
import dev.headlight.model.schedule.TaskObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One engine thread that a test can hold until enough passes wait for it, so that they run together. */
public final class HeldEngine implements TaskObserver, AutoCloseable {
    private final ExecutorService clients = Executors.newCachedThreadPool();
    private final PassScheduler scheduler = new PassScheduler(new PassScheduler.Threads(1, 1, 1), this);
    private final List<Integer> batches = new CopyOnWriteArrayList<>();

    public PassScheduler scheduler() {
        return scheduler;
    }

    @Override
    public void batch(int tasks) {
        batches.add(tasks);
    }

    /** The number of tasks in each batch so far, the held one included. */
    public List<Integer> batches() {
        return batches;
    }

    /**
     * Runs each request on a thread of its own. The engine thread begins when the first task of each waits, in the order
     * of the list.
     */
    public List<CompletableFuture<Void>> together(List<Runnable> requests) {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture.runAsync(() -> scheduler.run(() -> await(held, release)), clients);
        await(held);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (Runnable request : requests) {
            all.add(CompletableFuture.runAsync(request, clients));
            waitFor(() -> scheduler.waiting() == all.size());
        }
        release.countDown();
        return all;
    }

    private static int await(CountDownLatch held, CountDownLatch release) {
        held.countDown();
        await(release);
        return 0;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until a condition holds, for at most 30 s. */
    public static void waitFor(Supplier<Boolean> condition) {
        for (int i = 0; i < 30_000 && !condition.get(); i++) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        assertThat(condition.get()).isTrue();
    }

    @Override
    public void close() {
        clients.shutdownNow();
        scheduler.close();
    }
}
