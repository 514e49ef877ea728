package dev.headlight.model.checkpoint;

import ai.djl.ndarray.types.DataType;
import dev.headlight.model.fault.BadSetting;
import dev.headlight.tensor.Wire;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Supplier;

/** The dtype of weights and activations: {@code headlight.dtype}. */
public enum Precision {
    /** float16 on a GPU, if all floating-point weights are stored as float16; float32 otherwise. */
    AUTO,
    /** float32 for every model. */
    FLOAT32,
    /** float16 for every model. */
    FLOAT16;

    private static final Set<String> WIDER_THAN_HALF =
            Set.of("F32", "BF16", "F64"); // float16 cannot hold the range of bfloat16

    /**
     * The precision of a setting: {@code auto}, {@code float32} or {@code float16}.
     *
     * @throws BadSetting for any other text
     */
    public static Precision of(String setting) {
        return Arrays.stream(values())
                .filter(p -> p.toString().equals(setting))
                .findFirst()
                .orElseThrow(() ->
                        new BadSetting("headlight.dtype", "is '" + setting + "' and must be auto, float32 or float16"));
    }

    /**
     * The dtype of one model's weights and values.
     *
     * @param stored the dtypes of its files, named as in the safetensors format; read only if they matter
     */
    DataType dtype(boolean onGpu, Supplier<Set<String>> stored) {
        return switch (this) {
            case FLOAT32 -> DataType.FLOAT32;
            case FLOAT16 -> DataType.FLOAT16;
            case AUTO -> onGpu && isHalf(stored.get()) ? DataType.FLOAT16 : DataType.FLOAT32;
        };
    }

    private static boolean isHalf(Set<String> stored) {
        return stored.contains("F16") && stored.stream().noneMatch(WIDER_THAN_HALF::contains);
    }

    @Override
    public String toString() {
        return Wire.name(this);
    }
}
