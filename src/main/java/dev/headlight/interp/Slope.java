package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Capture;
import dev.headlight.model.Gradients;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import java.util.Collection;
import java.util.List;

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
    private static final HookName EMBEDDING = new HookName(0, Site.RESID_PRE);

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

    /** That of the run itself, with which the measure compares others until it is closed. */
    Pass target() {
        return pass(Put.nothing(), true);
    }

    /** @param embeddings what the first block receives instead (1, position, d_model) */
    Pass from(NDArray embeddings) {
        return pass(new Put(EMBEDDING, embeddings), false);
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
