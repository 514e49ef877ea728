package dev.headlight.model.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Work for one engine thread, which another thread waits for. Tasks with equal {@linkplain #key() keys} may run
 * together.
 *
 * @param <R> its result
 */
public abstract class Task<R> {
    private final Submitter submitter = Submitter.current();
    private final long created = System.nanoTime();
    private final CompletableFuture<R> done = new CompletableFuture<>();
    private final List<TaskRun> within = new ArrayList<>();
    private long started; // 0 until it runs
    private long ended;
    private int batch; // number of tasks that run together
    private @Nullable R result;
    private @Nullable Throwable failure;

    /** Tasks with equal keys may run together; null for a task that runs alone. */
    protected abstract @Nullable Object key();

    /** How much it adds to a batch. */
    protected abstract BatchSize size();

    /** Whether the number of threads per operation may change between two blocks of the model. */
    protected abstract boolean followsLoad();

    /**
     * Runs tasks together and tells each its {@linkplain #succeed result} or {@linkplain #fail failure}.
     *
     * @param batch this task, then tasks with an equal key
     */
    protected abstract void run(List<Task<?>> batch);

    /** What the task computes, for traces; null for work that is no step of a forward pass. */
    protected TaskRun.@Nullable Step step() {
        return null;
    }

    /** Sets the result, which the submitter gets at the end of the batch. */
    protected final void succeed(@Nullable R value) {
        result = value;
    }

    /** Sets the failure, which the submitter gets at the end of the batch. The first one counts. */
    protected final void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    /** Whether it failed. */
    protected final boolean failed() {
        return failure != null;
    }

    /** Runs a batch on this thread. What it throws is the failure of every task in it. */
    static void runBatch(List<Task<?>> batch) {
        long start = System.nanoTime();
        try {
            batch.get(0).run(batch);
        } catch (Throwable e) { // the submitters get it, also an Error
            batch.forEach(task -> task.fail(e));
        } finally {
            long end = System.nanoTime();
            batch.forEach(task -> task.ran(start, end, batch.size()));
        }
    }

    private void ran(long from, long to, int together) {
        started = from;
        ended = to;
        batch = together;
    }

    /** Notes a task that ran within this one. */
    final void contains(Task<?> inner) {
        within.add(inner.report());
    }

    /** How the task ran; call it after its end. One that was cancelled in the queue has only waited. */
    final TaskRun report() {
        long end = ended == 0 ? System.nanoTime() : ended;
        return new TaskRun(step(), created, started == 0 ? end : started, end, batch, List.copyOf(within));
    }

    /** Wakes the submitter. */
    final void finish() {
        if (failure == null) {
            done.complete(result);
        } else {
            done.completeExceptionally(failure);
        }
    }

    /** Waits for the end of the task, even if the thread is interrupted: the task may use the thread's arrays. */
    final R await() {
        try {
            return done.join();
        } catch (CompletionException e) {
            throw rethrown(e.getCause());
        }
    }

    private static RuntimeException rethrown(@Nullable Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException failure ? failure : new IllegalStateException(cause);
    }

    final Submitter submitter() {
        return submitter;
    }
}
