package dev.headlight.model.hook;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.tensor.Ops;

/**
 * Hooks that see float32 in a model of any dtype. Values that they do not change stay bit for bit. Changed values are
 * rounded to the model's dtype at once, so that the hooks after them see what the model sees.
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
    public boolean addsRows() {
        return hooks.addsRows();
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
