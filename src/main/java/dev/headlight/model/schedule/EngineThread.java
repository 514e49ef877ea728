package dev.headlight.model.schedule;

import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A thread that runs the tasks of a {@link PassScheduler}, one batch after the other. */
final class EngineThread extends Thread {
    private final PassScheduler scheduler;
    private final int number;
    private boolean followsLoad; // of the running batch
    private int mostThreads; // that the running batch has work for
    private @Nullable Task<?> first; // of the running batch

    /** @param number 1-based */
    EngineThread(PassScheduler scheduler, int number) {
        super("engine-" + number);
        setDaemon(true);
        this.scheduler = scheduler;
        this.number = number;
    }

    @Override
    public void run() {
        List<Task<?>> batch = scheduler.take(number);
        while (!batch.isEmpty()) {
            compute(batch);
            scheduler.finished(number);
            batch.forEach(Task::finish);
            batch = scheduler.take(number);
        }
    }

    @SuppressWarnings("try") // the resource only ends with the block
    private void compute(List<Task<?>> batch) {
        Task<?> task = batch.get(0);
        first = task;
        followsLoad = task.followsLoad();
        mostThreads = batch.stream()
                .map(Task::size)
                .reduce(BatchSize::plus)
                .orElseThrow()
                .mostThreads();
        shareCores();
        JniUtils.setGradMode(false);
        task.submitter().enter();
        try (Cancellation.Scope scope = cancellation(batch).enter()) {
            Task.runBatch(batch);
        } finally {
            Submitter.leave();
            first = null; // it holds arrays
        }
    }

    private static Cancellation cancellation(List<Task<?>> batch) {
        return Cancellation.ofAll(
                batch.stream().map(task -> task.submitter().cancellation()).toList());
    }

    /** Notes a task that ran within the running one. */
    void ranWithin(Task<?> inner) {
        if (first != null) {
            first.contains(inner);
        }
    }

    boolean belongsTo(PassScheduler wanted) {
        return scheduler == wanted;
    }

    /** Adapts the number of threads per operation to the load, unless the running task keeps it. */
    void followLoad() {
        if (followsLoad) {
            shareCores();
        }
    }

    private void shareCores() {
        IntraOpThreads.set(Math.min(mostThreads, scheduler.intraOpThreads(number)));
    }
}
