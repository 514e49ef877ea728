package dev.headlight.interp.verify;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.Hooks;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.List;

/** Compares the values of an input that runs alone with its row of a batch, at every hook point that the batch captured. */
final class RowComparison {
    private RowComparison() {}

    /**
     * Hooks for the run of the input alone.
     *
     * @param batch the values of the batch
     * @param row the input's row in it
     * @param input the input's index in the request
     * @param worst receives the differences
     */
    static Hooks with(Capture batch, int row, int input, WorstResidual worst) {
        return Hooks.reading(
                batch::wants,
                (name, alone) -> Scratch.run(() -> {
                    NDArray together = Ops.slice(batch.value(name), 0, row, row + 1); // [1, …]
                    worst.add(name, List.of(input), Difference.ofRows(together, alone));
                }));
    }
}
