package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import dev.headlight.model.Capture;
import dev.headlight.model.HookName;
import dev.headlight.model.Hooks;
import dev.headlight.tensor.Ops;
import java.util.List;

/**
 * Compares the run of an input alone with its row of a batch, hook point by hook point.
 *
 * @param batch what the run of the batch held
 * @param input place in the request
 */
record RowComparison(Capture batch, int row, int input, Largest found) implements Hooks {
    @Override
    public NDArray at(HookName name, NDArray value) {
        if (wants(name)) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                NDArray together = Ops.slice(batch.value(name), 0, row, row + 1);
                found.add(name, List.of(input), Difference.ofRows(together, value));
            }
        }
        return value;
    }

    @Override
    public boolean wants(HookName name) {
        return batch.wants(name);
    }

    @Override
    public boolean keeps(HookName name) {
        return false;
    }

    @Override
    public boolean changes(HookName name) {
        return false;
    }
}
