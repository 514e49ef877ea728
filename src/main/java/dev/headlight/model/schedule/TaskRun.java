package dev.headlight.model.schedule;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a task ran. Times are those of {@link System#nanoTime}.
 *
 * @param step null for work that is no step of a forward pass, such as a section
 * @param created when it began to wait
 * @param started when it began to run; {@code ended} if it never did
 * @param ended when it ended
 * @param batch number of requests whose tasks ran together with it, itself included; 0 if it never ran
 * @param within the tasks that ran within it, such as the passes of a section
 */
public record TaskRun(@Nullable Step step, long created, long started, long ended, int batch, List<TaskRun> within) {
    /**
     * A step of a forward pass.
     *
     * @param model id of the model
     * @param part of the pass, such as {@code later_blocks}
     * @param rows number of inputs, or of variants of one, that it computes
     * @param positions tokens of each row
     */
    public record Step(String model, String part, long rows, long positions) {}

    long waitedNanos() {
        return started - created;
    }

    long computedNanos() {
        return ended - started;
    }
}
