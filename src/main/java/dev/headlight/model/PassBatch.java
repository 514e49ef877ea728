package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.tensor.Ops;
import java.util.List;

/** Equal steps of several requests as one step. The rows of the batch are those of the requests, one after the other. */
record PassBatch(List<ModelPass> passes) {
    /** Runs it and tells each pass its rows of the result. */
    void run() {
        ModelPass first = passes.get(0);
        try (NDManager memory = first.newManager()) {
            NDArray input = Ops.concat(passes.stream().map(ModelPass::input).toList(), 0);
            input.attach(memory);
            NDArray result = first.compute(input, new RowHooks(passes, memory));
            long row = 0;
            for (ModelPass pass : passes) {
                pass.succeedWithRows(result, row);
                row += pass.rows();
            }
        }
    }
}
