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
 * Runs of the base input in which only the edges of a circuit carry their sender's output of that run. All other edges are
 * patched: they carry the sender's output of the source run. Each receiver reads a residual stream of its own. A batch has one
 * row per circuit.
 *
 * @see <a href="https://arxiv.org/abs/2403.17806">Hanna, Pezzelle and Belinkov, 2024, section 2</a>
 */
final class CircuitRuns {
    private final HookedModel model;
    private final CircuitGraph graph;
    private final NDArray patchedOutputs; // [sender, position, d_model]
    private final List<NDArray> patchedStreams; // with every edge patched, at each hook point of streamHooks

    /**
     * Prepares the runs.
     *
     * @param base the base run, with the values of {@link #streamHookNames}
     * @param baseOutputs the senders' outputs in it: {@code [sender, position, d_model]}
     * @param patchedOutputs the senders' outputs on patched edges: {@code [sender, position, d_model]}
     */
    CircuitRuns(HookedModel model, CircuitGraph graph, Capture base, NDArray baseOutputs, NDArray patchedOutputs) {
        this.model = model;
        this.graph = graph;
        this.patchedOutputs = patchedOutputs;
        this.patchedStreams = new ArrayList<>();
        NDArray changes = patchedOutputs.sub(baseOutputs);
        for (HookName hook : streamHookNames(graph)) {
            int senders = graph.inputCount(receiver(hook));
            patchedStreams.add(
                    base.value(hook).add(Ops.slice(changes, 0, 0, senders).sum(new int[] {0}, false)));
        }
    }

    /** The hook points at which receivers read the residual stream. */
    static List<HookName> streamHookNames(CircuitGraph graph) {
        List<HookName> hooks = new ArrayList<>();
        for (int layer = 0; layer < graph.layers(); layer++) {
            hooks.add(new HookName(layer, Site.RESID_PRE));
            if (!graph.parallel().get(layer)) {
                hooks.add(new HookName(layer, Site.RESID_MID));
            }
        }
        hooks.add(new HookName(graph.layers() - 1, Site.RESID_POST));
        return hooks;
    }

    /** The first receiver that reads the residual stream at a hook point. */
    private int receiver(HookName hook) {
        return switch (hook.site()) {
            case RESID_PRE -> graph.slot(hook.layer(), 0);
            case RESID_MID -> graph.mlpInput(hook.layer());
            default -> graph.logits();
        };
    }

    /**
     * Runs some circuits as one batch.
     *
     * @param circuits the edges that are not patched, by index in a grid [sender, receiver]
     * @param ids tokens of the base input
     * @param interventionHooks hooks of the base run
     * @return the metric of each circuit
     */
    double[] metrics(
            NDManager memory, List<BitSet> circuits, int[] ids, Hooks interventionHooks, MetricReader metricReader) {
        List<int[]> rows = circuits.stream().map(circuit -> ids).toList();
        EdgeHooks edgeHooks = new EdgeHooks(circuits);
        Hooks hooks = edgeHooks.then(interventionHooks).then(edgeHooks.senderReader());
        NDArray resid = model.runBlocks(HookedModel.ids(memory, rows), hooks, null);
        return metricReader.read(resid, 0, hooks).toDoubleArray();
    }

    /** Hooks that compute each receiver's input from the outputs of the senders before it. */
    private final class EdgeHooks implements Hooks {
        private final List<BitSet> circuits;
        /** Each sender's output minus its patched output. */
        private final List<NDArray> differences = new ArrayList<>(); // [row, sender, position · d_model]

        private int senders;
        private @Nullable Qkv projections;

        private EdgeHooks(List<BitSet> circuits) {
            this.circuits = circuits;
        }

        @Override
        public NDArray at(HookName name, NDArray value) {
            int layer = name.layer();
            return switch (name.site()) {
                case RESID_PRE -> {
                    if (layer == 0) {
                        addSenders(value.expandDims(1));
                    }
                    projections = model.weightAnalyses()
                            .project(layer, receiverInputs(name, graph.slot(layer, 0), graph.slots()));
                    yield graph.parallel().get(layer) ? receiverInput(name, graph.mlpInput(layer)) : value;
                }
                case Q -> Objects.requireNonNull(projections).q();
                case K -> Objects.requireNonNull(projections).k();
                case V -> Objects.requireNonNull(projections).v();
                case RESID_MID -> receiverInput(name, graph.mlpInput(layer));
                case RESID_POST -> layer == graph.layers() - 1 ? receiverInput(name, graph.logits()) : value;
                default -> value;
            };
        }

        private NDArray receiverInput(HookName stream, int receiver) {
            return receiverInputs(stream, receiver, 1).squeeze(2);
        }

        /** The inputs of {@code count} receivers from {@code first} on: {@code [row, position, receiver, d_model]}. */
        private NDArray receiverInputs(HookName stream, int first, int count) {
            NDArray patched = patchedStreams.get(streamHookNames(graph).indexOf(stream)); // [1, position, d_model]
            int inputs = graph.inputCount(first);
            if (inputs != senders) {
                throw new IllegalStateException(
                        senders + " senders before " + stream); // fail rather than return a wrong number
            }
            NDArray mask = Ops.create(
                    patched.getManager(), new Shape(circuits.size(), count, inputs), () -> mask(first, count, inputs));
            NDArray unpatched = mask.matMul(Ops.concat(differences, 1)); // [row, receiver, position · d_model]
            Shape shape = patched.getShape();
            return unpatched
                    .reshape(circuits.size(), count, shape.get(1), shape.get(2))
                    .add(patched.expandDims(1))
                    .transpose(0, 2, 1, 3);
        }

        /** 1 for edges of the circuit, 0 for patched ones: [row, receiver, sender]. */
        private float[] mask(int first, int count, int inputs) {
            float[] mask = new float[circuits.size() * count * inputs];
            int at = 0;
            for (BitSet circuit : circuits) {
                for (int receiver = first; receiver < first + count; receiver++) {
                    for (int sender = 0; sender < inputs; sender++) {
                        mask[at++] = circuit.get(graph.index(sender, receiver)) ? 1 : 0;
                    }
                }
            }
            return mask;
        }

        /**
         * Adds the outputs of the next senders.
         *
         * @param outputs {@code [row, sender, position, d_model]}
         */
        private void addSenders(NDArray outputs) {
            int count = (int) outputs.getShape().get(1);
            NDArray difference = outputs.sub(Ops.slice(patchedOutputs, 0, senders, senders + count))
                    .reshape(circuits.size(), count, -1);
            differences.add(Scratch.keep(difference)); // it outlives the block's scope
            senders += count;
        }

        @Override
        public boolean wants(HookName name) {
            return switch (name.site()) {
                case RESID_PRE, Q, K, V, RESID_MID -> true;
                case RESID_POST -> name.layer() == graph.layers() - 1;
                default -> false;
            };
        }

        @Override
        public boolean changes(HookName name) {
            return wants(name);
        }

        /** Hooks that read the outputs of heads and MLPs, after the interventions. */
        private Hooks senderReader() {
            return Hooks.reading(
                    name -> name.site() == Site.Z || name.site() == Site.MLP_OUT,
                    (name, value) -> addSenders(
                            name.site() == Site.Z
                                    ? model.weightAnalyses()
                                            .headOutputs(name.layer(), value)
                                            .transpose(0, 2, 1, 3)
                                    : value.expandDims(1)));
        }
    }
}
