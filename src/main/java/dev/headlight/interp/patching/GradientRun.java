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
 * @param measure reads the metric
 * @param ids tokens of the input
 * @param wanted hook points whose gradients are computed
 * @param read hook points whose values are kept
 * @param order composes the hooks of a run
 */
public record GradientRun(
        Session session,
        MetricReader measure,
        int[] ids,
        Collection<HookName> wanted,
        Collection<HookName> read,
        Order order) {
    /** The input of the first block, which integrated gradients interpolate. */
    public static final HookName EMBEDDING = new HookName(0, Site.RESID_PRE);

    /** Composes the hooks of a run. */
    public interface Order {
        /**
         * Composes three kinds of hooks.
         *
         * @param start may replace the embeddings
         * @param gradients makes gradients flow back
         * @param capture keeps values
         */
        Hooks of(Hooks start, Hooks gradients, Hooks capture);
    }

    /**
     * One forward and one backward pass. Closing it frees its arrays.
     *
     * @param memory owns its arrays
     * @param gradients at the wanted hook points
     * @param values at the read hook points
     * @param metric of the run
     */
    public record Pass(NDManager memory, Gradients gradients, Capture values, double metric) implements AutoCloseable {
        @Override
        public void close() {
            memory.close();
        }
    }

    /**
     * The pass of the base run, which the measure compares other runs with until the pass is closed.
     *
     * @throws dev.headlight.model.fault.TooLarge for more memory than the limits allow
     */
    public Pass baseRun() {
        requireMemory();
        return pass(ReplaceHook.nothing(), true);
    }

    /**
     * The passes of integrated gradients between the base run and another: their embeddings lie on the straight line between
     * the two, at equal distances.
     *
     * @param steps how many points, including the base run
     * @param other the first block's input in the other run (1, position, d_model)
     * @param use gets each pass, which is closed afterwards
     * @see <a href="https://arxiv.org/abs/2403.17806">Hanna, Pezzelle and Belinkov, 2024, section 3</a>
     */
    public void between(int steps, Pass target, NDArray other, Consumer<Pass> use) {
        NDArray line = Ops.constant(target.values.value(EMBEDDING)).sub(other);
        for (int step = 1; step < steps; step++) {
            try (NDArray embeddings = line.mul((double) step / steps).add(other);
                    Pass pass = pass(new ReplaceHook(EMBEDDING, embeddings), false)) {
                use.accept(pass);
            }
        }
    }

    /** Checks the memory of a pass: the backward pass needs more values kept than a forward pass. */
    private void requireMemory() {
        CostCounter ledger = new CostCounter();
        try (NDManager meta = session.model().newManager(ledger)) {
            Gradients gradients = new Gradients(wanted);
            Hooks hooks = gradients.then(new Capture(read));
            NDArray ids = HookedModel.ids(meta, List.<int[]>of(new int[this.ids.length]));
            gradients.backward(session.model().forward(ids, hooks));
        }
        session.limits().requireRun("input", ledger.peak());
    }

    private Pass pass(Hooks start, boolean unpatched) {
        NDManager memory = session.newManager();
        try {
            Gradients gradients = new Gradients(wanted);
            Capture values = new Capture(read);
            Hooks hooks = order.of(start, gradients, values);
            NDArray resid = session.model().runBlocks(HookedModel.ids(memory, List.of(ids)), hooks, null);
            NDArray metric = unpatched ? measure.readBaseRun(resid, hooks) : measure.read(resid, 0, hooks);
            gradients.backward(metric);
            return new Pass(memory, gradients, values, metric.toDoubleArray()[0]);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }
}
