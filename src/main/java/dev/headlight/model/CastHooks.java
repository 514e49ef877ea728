package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/**
 * Hooks in a model that may not compute in float32. What they leave alone stays bit for bit; what they change is rounded
 * at once, so that the hooks behind them see what the model sees.
 */
record CastHooks(Hooks hooks) implements Hooks {
    @Override
    public NDArray at(HookName name, NDArray value) {
        if (!hooks.wants(name)) {
            return value;
        }
        NDArray wide = value.toType(DataType.FLOAT32, false);
        NDArray after = hooks.at(name, wide);
        return after == wide ? value : after.toType(value.getDataType(), false);
    }

    @Override
    public boolean wants(HookName name) {
        return hooks.wants(name);
    }

    @Override
    public boolean keeps(HookName name) {
        return hooks.keeps(name);
    }

    @Override
    public boolean differentiates() {
        return hooks.differentiates();
    }

    @Override
    public boolean changes(HookName name) {
        return hooks.changes(name);
    }
}
