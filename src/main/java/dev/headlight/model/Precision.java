package dev.headlight.model;

import ai.djl.ndarray.types.DataType;
import dev.headlight.tensor.Wire;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Supplier;

/** What models compute in: {@code headlight.dtype}. */
public enum Precision {
    /** float32 on the CPU; on a GPU float16 where all the file's floating-point weights are float16, else float32. */
    AUTO,
    FLOAT32,
    FLOAT16;

    private static final Set<String> WIDER_THAN_HALF = Set.of("F32", "BF16", "F64"); // bfloat16 has the wider range

    /** @throws BadSetting for another name */
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
     * @param stored the dtypes of its files, named as in the safetensors format; asked for only where they matter
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
