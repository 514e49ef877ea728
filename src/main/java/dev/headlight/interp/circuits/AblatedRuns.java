package dev.headlight.interp.circuits;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.metric.MetricReader;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Qkv;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs of an input in which some edges carry their sender's output of that run, and all others its output in another run. Each
 * receiver reads a residual stream of its own. One row per circuit.
 *
 * @see <a href="https://arxiv.org/abs/2403.17806">Hanna, Pezzelle and Belinkov, 2024, section 2</a>
 */
final class AblatedRuns {
    private final HookedModel model;
    private final CircuitGraph edges;
    private final NDArray others; // (sender, position, d_model)
    private final List<NDArray> streams; // the other run's, at each hook point of read()

    /**
     * Prepares the runs.
     *
     * @param run the unpatched run, with the values of {@link #read}
     * @param own the senders' outputs in it (sender, position, d_model)
     * @param others the senders' outputs on patched edges (sender, position, d_model)
     */
    AblatedRuns(HookedModel model, CircuitGraph edges, Capture run, NDArray own, NDArray others) {
        this.model = model;
        this.edges = edges;
        this.others = others;
        this.streams = new ArrayList<>();
        NDArray changes = others.sub(own);
        for (HookName hook : read(edges)) {
            int senders = edges.inputs(receiver(hook));
            streams.add(run.value(hook).add(Ops.slice(changes, 0, 0, senders).sum(new int[] {0}, false)));
        }
    }

    /** The hook points at which receivers read the residual stream. */
    static List<HookName> read(CircuitGraph edges) {
        List<HookName> read = new ArrayList<>();
        for (int layer = 0; layer < edges.layers(); layer++) {
            read.add(new HookName(layer, Site.RESID_PRE));
            if (!edges.parallel().get(layer)) {
                read.add(new HookName(layer, Site.RESID_MID));
            }
        }
        read.add(new HookName(edges.layers() - 1, Site.RESID_POST));
        return read;
    }

    private int receiver(HookName hook) {
        return switch (hook.site()) {
            case RESID_PRE -> edges.slot(hook.layer(), 0);
            case RESID_MID -> edges.mlpInput(hook.layer());
            default -> edges.logits();
        };
    }

    /**
     * Runs some circuits as one batch.
     *
     * @param circuits the edges that are not patched, by index in a grid [sender, receiver]
     * @param ids of the input
     * @param altered hooks of the run without any patch
     * @return the metric of each (circuit), float64
     */
    double[] measure(NDManager memory, List<BitSet> circuits, int[] ids, Hooks altered, MetricReader measure) {
        List<int[]> rows = circuits.stream().map(circuit -> ids).toList();
        Run run = new Run(circuits);
        Hooks hooks = run.then(altered).then(run.record());
        NDArray resid = model.runBlocks(HookedModel.ids(memory, rows), hooks, null);
        return measure.read(resid, 0, hooks).toDoubleArray();
    }

    /** Hooks that compute each receiver's input from the senders recorded so far. */
    private final class Run implements Hooks {
        private final List<BitSet> circuits;
        private final List<NDArray> changes =
                new ArrayList<>(); // of the senders so far (row, sender, position · d_model)
        private int senders;
        private @Nullable Qkv projections;

        private Run(List<BitSet> circuits) {
            this.circuits = circuits;
        }

        @Override
        public NDArray at(HookName name, NDArray value) {
            int layer = name.layer();
            return switch (name.site()) {
                case RESID_PRE -> {
                    if (layer == 0) {
                        write(value.expandDims(1));
                    }
                    projections =
                            model.weightAnalyses().project(layer, inputs(name, edges.slot(layer, 0), edges.slots()));
                    yield edges.parallel().get(layer) ? input(name, edges.mlpInput(layer)) : value;
                }
                case Q -> Objects.requireNonNull(projections).q();
                case K -> Objects.requireNonNull(projections).k();
                case V -> Objects.requireNonNull(projections).v();
                case RESID_MID -> input(name, edges.mlpInput(layer));
                case RESID_POST -> layer == edges.layers() - 1 ? input(name, edges.logits()) : value;
                default -> value;
            };
        }

        private NDArray input(HookName stream, int receiver) {
            return inputs(stream, receiver, 1).squeeze(2);
        }

        /** The inputs of {@code count} receivers (row, position, receiver, d_model). */
        private NDArray inputs(HookName stream, int first, int count) {
            NDArray base = streams.get(read(edges).indexOf(stream)); // (1, position, d_model)
            int inputs = edges.inputs(first);
            if (inputs != senders) {
                throw new IllegalStateException(
                        senders + " senders before " + stream); // never a plausible wrong number
            }
            NDArray mask = Ops.create(
                    base.getManager(), new Shape(circuits.size(), count, inputs), () -> mask(first, count, inputs));
            NDArray carried = mask.matMul(Ops.concat(changes, 1)); // (row, receiver, position * d_model)
            Shape shape = base.getShape();
            return carried.reshape(circuits.size(), count, shape.get(1), shape.get(2))
                    .add(base.expandDims(1))
                    .transpose(0, 2, 1, 3);
        }

        private float[] mask(int first, int count, int inputs) {
            float[] mask = new float[circuits.size() * count * inputs];
            int at = 0;
            for (BitSet circuit : circuits) {
                for (int receiver = first; receiver < first + count; receiver++) {
                    for (int sender = 0; sender < inputs; sender++) {
                        mask[at++] = circuit.get(edges.index(sender, receiver)) ? 1 : 0;
                    }
                }
            }
            return mask;
        }

        /** @param written the outputs of the next senders (row, sender, position, d_model) */
        private void write(NDArray written) {
            int count = (int) written.getShape().get(1);
            NDArray change =
                    written.sub(Ops.slice(others, 0, senders, senders + count)).reshape(circuits.size(), count, -1);
            changes.add(Scratch.keep(change)); // it outlives the block's scope
            senders += count;
        }

        @Override
        public boolean wants(HookName name) {
            return switch (name.site()) {
                case RESID_PRE, Q, K, V, RESID_MID -> true;
                case RESID_POST -> name.layer() == edges.layers() - 1;
                default -> false;
            };
        }

        @Override
        public boolean changes(HookName name) {
            return wants(name);
        }

        /** Records what heads and MLPs write, after the interventions. */
        private Hooks record() {
            return Hooks.reading(
                    name -> name.site() == Site.Z || name.site() == Site.MLP_OUT,
                    (name, value) -> write(
                            name.site() == Site.Z
                                    ? model.weightAnalyses()
                                            .headOutputs(name.layer(), value)
                                            .transpose(0, 2, 1, 3)
                                    : value.expandDims(1)));
        }
    }
}
