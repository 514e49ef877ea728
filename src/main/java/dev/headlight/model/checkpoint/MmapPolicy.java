package dev.headlight.model.checkpoint;

import dev.headlight.model.fault.BadSetting;
import dev.headlight.tensor.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Whether weight files that need no conversion are mapped into memory (mmap) or copied: {@code headlight.map-weights}. A
 * mapped file takes no memory of its own, but if it is truncated while a model uses it, the process crashes.
 */
public enum MmapPolicy {
    /** Maps files that this process cannot write to, such as files of a read-only mount. */
    AUTO,
    /** Maps all files. */
    ALWAYS,
    /** Copies all files. */
    NEVER;

    /**
     * The policy of a setting: {@code auto}, {@code always} or {@code never}.
     *
     * @throws BadSetting for any other text
     */
    public static MmapPolicy of(String setting) {
        return Arrays.stream(values())
                .filter(m -> m.toString().equals(setting))
                .findFirst()
                .orElseThrow(() -> new BadSetting(
                        "headlight.map-weights", "is '" + setting + "' and must be auto, always or never"));
    }

    /** Whether a file is mapped. */
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
