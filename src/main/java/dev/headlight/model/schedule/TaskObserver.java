package dev.headlight.model.schedule;

/** Receives what a {@link PassScheduler} does, for metrics and traces. */
public interface TaskObserver {
    /** A batch of this many tasks starts. */
    default void batch(int tasks) {}

    /** A task that this thread submitted has ended, also if it failed or was cancelled. */
    default void ended(TaskRun task) {}
}
