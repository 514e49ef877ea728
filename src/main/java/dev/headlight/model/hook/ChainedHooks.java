package dev.headlight.model.hook;

import ai.djl.ndarray.NDArray;

/**
 * Two hooks, one after the other.
 *
 * @param next sees what {@code first} returns
 */
record ChainedHooks(Hooks first, Hooks next) implements Hooks {
    @Override
    public NDArray at(HookName name, NDArray value) {
        return next.at(name, first.at(name, value));
    }

    @Override
    public boolean wants(HookName name) {
        return first.wants(name) || next.wants(name);
    }

    @Override
    public boolean changes(HookName name) {
        return first.changes(name) || next.changes(name);
    }

    @Override
    public boolean keeps(HookName name) {
        return first.keeps(name) || next.keeps(name);
    }

    @Override
    public boolean addsRows() {
        return first.addsRows() || next.addsRows();
    }

    @Override
    public boolean differentiates() {
        return first.differentiates() || next.differentiates();
    }

    @Override
    public Hooks cast() {
        return first.cast().then(next.cast());
    }
}
