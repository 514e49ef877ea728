package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookName;
import dev.headlight.model.Hooks;
import org.jspecify.annotations.Nullable;

/**
 * Puts a whole value in place of another.
 *
 * @param hook null for nowhere
 */
record Put(@Nullable HookName hook, @Nullable NDArray value) implements Hooks {
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
