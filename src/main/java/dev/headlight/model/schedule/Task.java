package dev.headlight.model.schedule;

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
        try {
            batch.get(0).run(batch);
        } catch (Throwable e) { // the submitters get it, also an Error
            batch.forEach(task -> task.fail(e));
        }
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

    /** Time since it was made, in ns. */
    final long ageNanos() {
        return System.nanoTime() - created;
    }
}
