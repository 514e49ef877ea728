package dev.headlight.interp.verify;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.Hooks;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.List;

/** Compares the run of one input alone with its row of a batch, at every hook point that the batch captured. */
final class RowComparison {
    private RowComparison() {}

    /**
     * Hooks of the run alone.
     *
     * @param batch values of the batch
     * @param row the input's row in it
     * @param input the input's index in the request
     * @param found gets the differences
     */
    static Hooks with(Capture batch, int row, int input, WorstResidual found) {
        return Hooks.reading(
                batch::wants,
                (name, alone) -> Scratch.run(() -> {
                    NDArray together = Ops.slice(batch.value(name), 0, row, row + 1); // (1, …)
                    found.add(name, List.of(input), Difference.ofRows(together, alone));
                }));
    }
}
