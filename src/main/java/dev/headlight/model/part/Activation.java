package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.ModelRefused;
import dev.headlight.tensor.Ops;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The MLP's non-linearity, by the name that a {@code config.json} gives it. */
public final class Activation {
    private static final Map<String, UnaryOperator<NDArray>> KNOWN =
            Map.of("relu", Ops::relu, "gelu", Ops::gelu, "gelu_new", Ops::geluTanh);

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
