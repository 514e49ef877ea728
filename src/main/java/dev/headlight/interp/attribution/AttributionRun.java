package dev.headlight.interp.attribution;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.interp.metric.Metric;
import dev.headlight.model.HookedModel;
import dev.headlight.model.LogitContributions;
import dev.headlight.model.hook.ResidualRecorder;
import dev.headlight.tensor.Ops;
import java.util.Objects;

/**
 * One run of a batch, and what each component adds to its logits.
 *
 * @param logit the metric as the model computes it, after any soft cap [batch, position], float64
 * @param total the sum of all components [batch, position], float64
 * @param contributions what each component adds
 */
record AttributionRun(NDArray logit, NDArray total, LogitContributions contributions) {
    /**
     * Runs the batch.
     *
     * @param recorder records what each component writes
     * @param ids [batch, position]
     * @param positions the positions of the recorder
     */
    static AttributionRun of(
            HookedModel model, ResidualRecorder recorder, NDArray ids, Metric metric, int[] positions) {
        NDArray logits = logits(model, recorder, ids, positions);
        int answer = Objects.requireNonNull(metric.answer());
        Integer foil = metric.foil();
        NDArray logitOfAnswer = column(logits, answer);
        NDArray logit = foil == null ? logitOfAnswer : logitOfAnswer.sub(column(logits, foil));
        LogitContributions contributions = model.weightAnalyses().logitContributions(recorder, answer, foil);
        return new AttributionRun(logit, contributions.total(), contributions);
    }

    /** The metric before any soft cap, which the components sum to [batch, position], float64. */
    NDArray uncapped() {
        NDArray uncapped = contributions.uncapped();
        return uncapped == null ? logit : uncapped;
    }

    /** Logits of the chosen positions, [batch, position, vocab]. */
    private static NDArray logits(HookedModel model, ResidualRecorder recorder, NDArray ids, int[] positions) {
        NDArray resid = model.runBlocks(ids, recorder, null);
        return model.unembedAt(resid, positions, recorder);
    }

    private static NDArray column(NDArray logits, int token) {
        return Ops.slice(logits, 2, token, token + 1).squeeze(2).toType(DataType.FLOAT64, false);
    }
}
