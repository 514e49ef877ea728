package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.tensor.Nonlinearities;
import dev.headlight.tensor.Scalars;
import dev.headlight.tensor.Scratch;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The non-linearities of MLPs, by the names that a {@code config.json} gives them (Transformers' {@code ACT2FN}).
 *
 * @see <a href="https://arxiv.org/abs/1606.08415">Hendrycks and Gimpel, 2016, for GELU, its tanh and sigmoid forms</a>
 * @see <a href="https://arxiv.org/abs/1702.03118">Elfwing et al., 2017, for SiLU</a>
 * @see <a href="https://arxiv.org/abs/2109.08668">So et al., 2021, for squared ReLU</a>
 */
public final class Activation {
    private static final Map<String, UnaryOperator<NDArray>> KNOWN = Map.ofEntries(
            Map.entry("relu", Nonlinearities::relu),
            Map.entry("relu2", x -> Scratch.only(() -> Nonlinearities.relu(x).square())),
            Map.entry("gelu", Nonlinearities::gelu),
            Map.entry("gelu_python", Nonlinearities::gelu),
            Map.entry("gelu_new", Nonlinearities::geluTanh),
            Map.entry("gelu_fast", Nonlinearities::geluTanh),
            Map.entry("gelu_pytorch_tanh", Nonlinearities::geluTanh),
            Map.entry(
                    "quick_gelu",
                    x -> Scratch.only(() ->
                            Nonlinearities.sigmoid(Scalars.times(x, 1.702)).mul(x))),
            Map.entry("silu", Nonlinearities::silu),
            Map.entry("swish", Nonlinearities::silu),
            Map.entry("tanh", NDArray::tanh));

    private Activation() {}

    /**
     * The non-linearity of this name, elementwise from [..] to [..].
     *
     * @throws ModelRefused for a name that is not implemented
     */
    public static UnaryOperator<NDArray> of(String name) {
        UnaryOperator<NDArray> activation = KNOWN.get(name);
        if (activation == null) {
            throw new ModelRefused("activation " + name + " is not implemented; there are "
                    + KNOWN.keySet().stream().sorted().toList());
        }
        return activation;
    }
}
