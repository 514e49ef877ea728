package dev.headlight.model;

import dev.headlight.tensor.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Which weight files are mapped into memory, where nothing must be converted, and which are read: {@code
 * headlight.map-weights}. A mapped file costs no copy, and ends the process if it is cut short while a model uses it.
 */
public enum Mapping {
    /** Those that this process may not write, such as those of a read-only mount. */
    AUTO,
    ALWAYS,
    NEVER;

    /** @throws BadSetting for another name */
    public static Mapping of(String setting) {
        return Arrays.stream(values())
                .filter(m -> m.toString().equals(setting))
                .findFirst()
                .orElseThrow(() -> new BadSetting(
                        "headlight.map-weights", "is '" + setting + "' and must be auto, always or never"));
    }

    boolean maps(Path file) {
        return switch (this) {
            case AUTO -> !Files.isWritable(file);
            case ALWAYS -> true;
            case NEVER -> false;
        };
    }

    @Override
    public String toString() {
        return Wire.name(this);
    }
}
