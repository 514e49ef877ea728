package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import org.jspecify.annotations.Nullable;

/**
 * Hooks that replace the whole value at one hook point.
 *
 * @param hook null to replace nothing
 * @param value {@code [row, axes of the site]}; null to replace nothing
 */
public record ReplaceHook(@Nullable HookName hook, @Nullable NDArray value) implements Hooks {
    /** Hooks that replace nothing. */
    public static ReplaceHook nothing() {
        return new ReplaceHook(null, null);
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
