package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Capture;
import dev.headlight.model.Gradients;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ledger;
import dev.headlight.tensor.Ops;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * How a metric changes with the values at many hook points of a run, all at once: one pass forward and one back.
 *
 * @param wanted the hook points whose gradients are taken
 * @param read those whose values are kept
 */
record Slope(
        Session session,
        Measure measure,
        int[] ids,
        Collection<HookName> wanted,
        Collection<HookName> read,
        Order order) {
    /** Where the embeddings of a run on the way between two others are put. */
    static final HookName EMBEDDING = new HookName(0, Site.RESID_PRE);

    /** Composes the hooks of a run. */
    interface Order {
        /**
         * @param start puts something in place of the embeddings
         * @param gradients has them flow back
         */
        Hooks of(Hooks start, Hooks gradients, Hooks capture);
    }

    /** One pass there and back; what is read off it is gone when it is closed. */
    record Pass(NDManager memory, Gradients gradients, Capture values, double metric) implements AutoCloseable {
        @Override
        public void close() {
            memory.close();
        }
    }

    /**
     * That of the run itself, with which the measure compares others until it is closed.
     *
     * @throws dev.headlight.model.TooLarge for more memory than the limits allow
     */
    Pass target() {
        requireMemory();
        return pass(Put.nothing(), true);
    }

    /**
     * Those of runs whose embeddings lie on the straight line between another run's and the target's own, at equal
     * distances; with the target's they are the points that integrated gradients are averaged over.
     *
     * @param steps how many points there are, with the target itself
     * @param other what the first block receives in the other run (1, position, d_model)
     * @see <a href="https://arxiv.org/abs/2403.17806">Hanna, Pezzelle and Belinkov, 2024, section 3</a>
     */
    void between(int steps, Pass target, NDArray other, Consumer<Pass> use) {
        NDArray way = Ops.constant(target.values.value(EMBEDDING)).sub(other);
        for (int step = 1; step < steps; step++) {
            try (NDArray embeddings = way.mul((double) step / steps).add(other);
                    Pass pass = pass(new Put(EMBEDDING, embeddings), false)) {
                use.accept(pass);
            }
        }
    }

    /** What such a pass takes, as more than a run forward is held for the way back. */
    private void requireMemory() {
        Ledger ledger = new Ledger();
        try (NDManager paper = session.model().newManager(ledger)) {
            Gradients gradients = new Gradients(wanted);
            Hooks hooks = gradients.then(new Capture(read));
            NDArray ids = HookedModel.ids(paper, List.<int[]>of(new int[this.ids.length]));
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
            NDArray resid = session.model().climb(HookedModel.ids(memory, List.of(ids)), hooks, null);
            NDArray metric = unpatched ? measure.unpatched(resid, hooks) : measure.of(resid, 0, hooks);
            gradients.backward(metric);
            return new Pass(memory, gradients, values, metric.toDoubleArray()[0]);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }
}
