package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.schedule.BatchSize;
import dev.headlight.model.schedule.Task;
import dev.headlight.model.schedule.TaskRun;
import dev.headlight.tensor.Ops;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A step of a forward pass for one request, with its hooks. Equal steps of several requests run as rows of one batch. */
final class ModelPass extends Task<NDArray> {
    /** What is computed. */
    enum Part {
        /** All of the model. */
        WHOLE,
        /** The embedding and the blocks. */
        BLOCKS,
        /** Up to the last wanted hook point, without a result. */
        READ,
        /** The blocks from one on. */
        LATER_BLOCKS,
        /** The final norm and the unembedding. */
        UNEMBEDDING;

        Step step() {
            return new Step(this, 0, true);
        }

        /** The step from a layer on, which may run together with equal steps or not. */
        Step from(int layer, boolean joins) {
            return new Step(this, layer, joins);
        }
    }

    /**
     * Equal steps compute the same from equal inputs.
     *
     * @param layer the first block that runs
     * @param joins whether it may run together with equal steps
     */
    record Step(Part part, int layer, boolean joins) {
        Step alone() {
            return new Step(part, layer, false);
        }
    }

    private record Key(HookedModel model, Step step, long positions) {}

    private final PassRunner runner;
    private final Step step;
    private final NDArray input;
    private final Hooks hooks;
    private final PassRunner.Computation computation;

    /** @param input [batch, position, ..] */
    ModelPass(PassRunner runner, Step step, NDArray input, Hooks hooks, PassRunner.Computation computation) {
        this.runner = runner;
        this.step = step;
        this.input = input;
        this.hooks = hooks;
        this.computation = computation;
    }

    @Override
    protected @Nullable Object key() {
        return step.joins ? new Key(runner.model(), step, input.getShape().get(1)) : null;
    }

    @Override
    protected BatchSize size() {
        BatchSize one = runner.cost(Math.toIntExact(input.getShape().get(1)));
        return new BatchSize(rows() * one.bytes(), rows() * one.flops());
    }

    @Override
    protected TaskRun.Step step() {
        String part = step.part.name().toLowerCase(Locale.ROOT);
        return new TaskRun.Step(
                runner.model().id(), part, rows(), input.getShape().get(1));
    }

    @Override
    protected boolean followsLoad() {
        return !hooks.differentiates();
    }

    @Override
    protected void run(List<Task<?>> batch) {
        if (batch.size() == 1) {
            Ops.differentiate(hooks.differentiates(), input);
            succeed(compute(input, hooks.cast()));
        } else {
            new PassBatch(batch.stream().map(ModelPass.class::cast).toList()).run();
        }
    }

    /** Computes the step from this input [batch, position, ..]. */
    NDArray compute(NDArray from, Hooks cast) {
        return step.part == Part.UNEMBEDDING
                ? computation.of(from, cast)
                : runner.clock().time(from, () -> computation.of(from, cast));
    }

    /** Sets the result to some rows of a batch's result: a copy, because a view would keep all rows in memory. */
    void succeedWithRows(NDArray result, long from) {
        if (step.part == Part.READ) {
            succeed(input);
            return;
        }
        try (NDArray view = Ops.slice(result, 0, from, from + rows())) {
            succeed(owned(view.duplicate()));
        }
    }

    /** The array [..], which now belongs to the request. */
    NDArray owned(NDArray array) {
        array.attach(input.getManager());
        return array;
    }

    /** Runs work of the request's hooks, whose failure is that of this request only. */
    NDArray attempt(NDArray otherwise, Supplier<NDArray> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) { // an assertion or a full memory too
            fail(e);
            return otherwise;
        }
    }

    boolean hasFailed() {
        return failed();
    }

    long rows() {
        return input.getShape().get(0);
    }

    NDArray input() {
        return input;
    }

    Hooks hooks() {
        return hooks;
    }

    NDManager newManager() {
        return runner.model().newManager();
    }
}
