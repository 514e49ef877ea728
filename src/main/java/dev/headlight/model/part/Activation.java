package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.ModelRefused;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scalars;
import dev.headlight.tensor.Scratch;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The MLP's non-linearity, by the name that a {@code config.json} gives it. */
public final class Activation {
    private static final Map<String, UnaryOperator<NDArray>> KNOWN = Map.ofEntries(
            Map.entry("relu", Ops::relu),
            Map.entry("relu2", x -> Scratch.only(() -> Ops.relu(x).square())),
            Map.entry("gelu", Ops::gelu),
            Map.entry("gelu_python", Ops::gelu),
            Map.entry("gelu_new", Ops::geluTanh),
            Map.entry("gelu_fast", Ops::geluTanh),
            Map.entry("gelu_pytorch_tanh", Ops::geluTanh),
            Map.entry(
                    "quick_gelu",
                    x -> Scratch.only(() -> Ops.sigmoid(Scalars.times(x, 1.702)).mul(x))),
            Map.entry("silu", Ops::silu),
            Map.entry("swish", Ops::silu),
            Map.entry("tanh", NDArray::tanh));

    private Activation() {}

    /** @throws ModelRefused for a name that is not implemented */
    public static UnaryOperator<NDArray> of(String name) {
        UnaryOperator<NDArray> activation = KNOWN.get(name);
        if (activation == null) {
            throw new ModelRefused("activation " + name + " is not implemented; there are "
                    + KNOWN.keySet().stream().sorted().toList());
        }
        return activation;
    }
}
