package dev.headlight.interp.heads;

import ai.djl.ndarray.NDManager;
import dev.headlight.interp.session.Session;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.tensor.MetaArray;
import java.util.Arrays;

/** The copying score of every head, from the eigenvalues of its OV circuit. It needs only weights, no run. */
final class CopyingScores {
    private CopyingScores() {}

    /**
     * Computes the score of every head.
     *
     * @return [layer · head], in [-1, 1]; NaN where the score is undefined
     */
    static float[] of(Session session) {
        ModelInfo info = session.model().info();
        int heads = info.nHeads();
        int size = info.dHead() * info.dHead();
        float[] scores = new float[info.nLayers() * heads];
        try (NDManager scratch = session.newManager()) {
            session.model().weightAnalyses().ovCircuits(scratch, (matrices, layer) -> {
                if (MetaArray.is(matrices)) {
                    return; // a dry run has no values
                }
                double[] all = matrices.toDoubleArray();
                for (int head = 0; head < heads; head++) {
                    Cancellation.current().check();
                    double[] circuit = Arrays.copyOfRange(all, head * size, (head + 1) * size);
                    scores[layer * heads + head] = (float) Eigenvalues.positivity(circuit, info.dHead());
                }
            });
        }
        return scores;
    }
}
