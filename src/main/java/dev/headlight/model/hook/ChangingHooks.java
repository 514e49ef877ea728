package dev.headlight.model.hook;

import ai.djl.ndarray.NDArray;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** Hooks that change every value they want. */
record ChangingHooks(Predicate<HookName> wanted, BiFunction<HookName, NDArray, NDArray> change) implements Hooks {
    @Override
    public NDArray at(HookName name, NDArray value) {
        return wanted.test(name) ? change.apply(name, value) : value;
    }

    @Override
    public boolean wants(HookName name) {
        return wanted.test(name);
    }

    @Override
    public boolean changes(HookName name) {
        return wanted.test(name);
    }
}
