package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.tensor.Nonlinearities;
import dev.headlight.tensor.PackedWeight;
import dev.headlight.tensor.Scalars;
import dev.headlight.tensor.Scratch;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A non-linearity of an MLP, elementwise from [..] to [..], by the names that a {@code config.json} gives them
 * (Transformers' {@code ACT2FN}).
 *
 * @param fused the same non-linearity as the last step of a linear layer; null if oneDNN has no such step
 * @see <a href="https://arxiv.org/abs/1606.08415">Hendrycks and Gimpel, 2016, for GELU, its tanh and sigmoid forms</a>
 * @see <a href="https://arxiv.org/abs/1702.03118">Elfwing et al., 2017, for SiLU</a>
 * @see <a href="https://arxiv.org/abs/2109.08668">So et al., 2021, for squared ReLU</a>
 */
public record Activation(UnaryOperator<NDArray> function, PackedWeight.@Nullable Step fused) {
    private static final Activation GELU = new Activation(Nonlinearities::gelu, PackedWeight.Step.GELU);
    private static final Activation GELU_TANH = new Activation(Nonlinearities::geluTanh, PackedWeight.Step.GELU_TANH);
    private static final Activation SILU = new Activation(Nonlinearities::silu, PackedWeight.Step.SILU);
    private static final Map<String, Activation> KNOWN = Map.ofEntries(
            Map.entry("relu", new Activation(Nonlinearities::relu, PackedWeight.Step.RELU)),
            Map.entry("relu2", of(x -> Scratch.only(() -> Nonlinearities.relu(x).square()))),
            Map.entry("gelu", GELU),
            Map.entry("gelu_python", GELU),
            Map.entry("gelu_new", GELU_TANH),
            Map.entry("gelu_fast", GELU_TANH),
            Map.entry("gelu_pytorch_tanh", GELU_TANH),
            Map.entry(
                    "quick_gelu",
                    of(x -> Scratch.only(() ->
                            Nonlinearities.sigmoid(Scalars.times(x, 1.702)).mul(x)))),
            Map.entry("silu", SILU),
            Map.entry("swish", SILU),
            Map.entry("tanh", of(NDArray::tanh)));

    private static Activation of(UnaryOperator<NDArray> function) {
        return new Activation(function, null);
    }

    /**
     * The non-linearity of this name.
     *
     * @throws ModelRefused for a name that is not implemented
     */
    public static Activation of(String name) {
        Activation activation = KNOWN.get(name);
        if (activation == null) {
            throw new ModelRefused("activation " + name + " is not implemented; there are "
                    + KNOWN.keySet().stream().sorted().toList());
        }
        return activation;
    }

    /** Applies the non-linearity, elementwise, [..] to [..]. */
    NDArray apply(NDArray x) {
        return function.apply(x);
    }
}
