package dev.headlight.model.hook;

import ai.djl.ndarray.NDArray;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** Hooks that read values during the run. They neither change nor keep them. */
record ReadingHooks(Predicate<HookName> wanted, BiConsumer<HookName, NDArray> reader) implements Hooks {
    @Override
    public NDArray at(HookName name, NDArray value) {
        if (wanted.test(name)) {
            reader.accept(name, value);
        }
        return value;
    }

    @Override
    public boolean wants(HookName name) {
        return wanted.test(name);
    }

    @Override
    public boolean changes(HookName name) {
        return false;
    }

    @Override
    public boolean keeps(HookName name) {
        return false;
    }
}
