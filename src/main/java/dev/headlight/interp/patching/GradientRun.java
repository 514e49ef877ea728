package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.metric.MetricReader;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.Gradients;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.CostCounter;
import dev.headlight.tensor.Ops;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * Gradients of a metric at many hook points of a run: one forward and one backward pass.
 *
 * @param metricReader computes the metric
 * @param ids tokens of the input
 * @param gradientHookNames hook points whose gradients are computed
 * @param capturedHookNames hook points whose values are captured
 * @param hookOrder the order in which hooks act on a run
 */
public record GradientRun(
        Session session,
        MetricReader metricReader,
        int[] ids,
        Collection<HookName> gradientHookNames,
        Collection<HookName> capturedHookNames,
        HookOrder hookOrder) {
    /** The input of the first block, which integrated gradients interpolate. */
    public static final HookName FIRST_BLOCK_INPUT = new HookName(0, Site.RESID_PRE);

    /** The order in which hooks act on a run. */
    public interface HookOrder {
        /**
         * Puts three kinds of hooks in order.
         *
         * @param start replaces the embeddings, or nothing
         * @param gradients record gradients
         * @param capture captures values
         */
        Hooks compose(Hooks start, Hooks gradients, Hooks capture);
    }

    /**
     * One forward and one backward pass. Closing it frees its arrays.
     *
     * @param memory owns its arrays
     * @param gradients at the gradient hooks
     * @param values at the capture hooks
     * @param metric of the run
     */
    public record Pass(NDManager memory, Gradients gradients, Capture values, double metric) implements AutoCloseable {
        @Override
        public void close() {
            memory.close();
        }
    }

    /**
     * The pass of the base run. Until it is closed, the metric reader compares other runs with it.
     *
     * @throws dev.headlight.model.fault.TooLarge for more memory than the limits allow
     */
    public Pass basePass() {
        requireMemory();
        return pass(ReplaceHook.nothing(), true);
    }

    /**
     * The passes of integrated gradients between the base run and the source run. Their embeddings lie on the straight line
     * between the two, at equal distances.
     *
     * @param steps how many points, including the base run
     * @param base the pass of the base run
     * @param source the first block's input in the source run: {@code [1, position, d_model]}
     * @param use gets each pass except that of the base run; it is closed afterwards
     * @see <a href="https://arxiv.org/abs/2403.17806">Hanna, Pezzelle and Belinkov, 2024, section 3</a>
     */
    public void interpolate(int steps, Pass base, NDArray source, Consumer<Pass> use) {
        NDArray difference = Ops.constant(base.values.value(FIRST_BLOCK_INPUT)).sub(source);
        for (int step = 1; step < steps; step++) {
            try (NDArray embeddings = difference.mul((double) step / steps).add(source);
                    Pass pass = pass(new ReplaceHook(FIRST_BLOCK_INPUT, embeddings), false)) {
                use.accept(pass);
            }
        }
    }

    /** Checks the memory of a pass: for its backward pass, more values stay in memory than in a forward pass. */
    private void requireMemory() {
        CostCounter costs = new CostCounter();
        try (NDManager meta = session.model().newManager(costs)) {
            Gradients gradients = new Gradients(gradientHookNames);
            Hooks hooks = gradients.then(new Capture(capturedHookNames));
            NDArray ids = HookedModel.ids(meta, List.<int[]>of(new int[this.ids.length]));
            gradients.backward(session.model().forward(ids, hooks));
        }
        session.limits().requireRun("input", costs.peak());
    }

    private Pass pass(Hooks start, boolean unpatched) {
        NDManager memory = session.newManager();
        try {
            NDArray tokens = HookedModel.ids(memory, List.of(ids));
            return session.model().section(tokens, () -> pass(tokens, start, unpatched));
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    /** @param tokens [1, position] */
    private Pass pass(NDArray tokens, Hooks start, boolean unpatched) {
        Gradients gradients = new Gradients(gradientHookNames);
        Capture values = new Capture(capturedHookNames);
        Hooks hooks = hookOrder.compose(start, gradients, values);
        NDArray resid = session.model().runBlocks(tokens, hooks, null);
        NDArray metric = unpatched ? metricReader.readBaseRun(resid, hooks) : metricReader.read(resid, 0, hooks);
        gradients.backward(metric);
        return new Pass(tokens.getManager(), gradients, values, metric.toDoubleArray()[0]);
    }
}
