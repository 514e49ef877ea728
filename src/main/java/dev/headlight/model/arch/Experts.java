package dev.headlight.model.arch;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.Activation;
import dev.headlight.model.part.GatedMlp;
import dev.headlight.model.part.Linear;
import dev.headlight.tensor.Ops;
import java.util.List;
import java.util.stream.IntStream;

/** Reads the experts of one layer, in the two forms in which checkpoints store them. */
final class Experts {
    private final ModelInfo m;
    private final int neurons;
    private final String activation;

    /** @param neurons of one expert */
    Experts(ModelInfo m, int neurons, String activation) {
        this.m = m;
        this.neurons = neurons;
        this.activation = activation;
    }

    /** Reads experts whose matrices are separate tensors of these names. */
    List<GatedMlp> separate(Weights w, String gate, String up, String down) {
        return IntStream.range(0, m.nExperts())
                .mapToObj(i -> {
                    Weights one = w.in(String.valueOf(i));
                    return new GatedMlp(
                            Linear.of(one.in(gate), m.dModel(), neurons, false),
                            Activation.of(activation),
                            Linear.of(one.in(up), m.dModel(), neurons, false),
                            Linear.of(one.in(down), neurons, m.dModel(), false));
                })
                .toList();
    }

    /**
     * Reads experts that are stored in two tensors: {@code gate_up_proj} [expert, 2 * d_mlp, d_model], {@code
     * down_proj} [expert, d_model, d_mlp].
     */
    List<GatedMlp> stacked(Weights w) {
        NDArray gateUp = w.get("gate_up_proj", m.nExperts(), 2L * neurons, m.dModel());
        NDArray downs = w.get("down_proj", m.nExperts(), m.dModel(), neurons);
        return IntStream.range(0, m.nExperts())
                .mapToObj(i -> {
                    Linear both = new Linear(Ops.row(gateUp, i), null);
                    return new GatedMlp(
                            both.outputs(0, neurons),
                            Activation.of(activation),
                            both.outputs(neurons, 2L * neurons),
                            new Linear(Ops.row(downs, i), null));
                })
                .toList();
    }
}
