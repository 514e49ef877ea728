package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.tensor.Ops;

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
        NDArray wide = Ops.cast(value, DataType.FLOAT32);
        NDArray after = hooks.at(name, wide);
        return after == wide ? value : Ops.cast(after, value.getDataType());
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
