package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookName;
import dev.headlight.model.Hooks;
import org.jspecify.annotations.Nullable;

/**
 * Hooks that replace the whole value at one hook point.
 *
 * @param hook null to replace nothing
 * @param value (row, the site's axes); null to replace nothing
 */
record Put(@Nullable HookName hook, @Nullable NDArray value) implements Hooks {
    /** Hooks that replace nothing. */
    static Put nothing() {
        return new Put(null, null);
    }

    @Override
    public NDArray at(HookName name, NDArray original) {
        return value != null && name.equals(hook) ? value : original;
    }

    @Override
    public boolean wants(HookName name) {
        return name.equals(hook);
    }

    @Override
    public boolean changes(HookName name) {
        return wants(name);
    }
}
