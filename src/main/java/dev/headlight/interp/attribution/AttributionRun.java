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
 * One run of a batch whose logits are attributed.
 *
 * @param logit the metric as the model computes it (batch, position), float64
 * @param total the sum of all components (batch, position), float64
 * @param shares what each component adds
 */
record AttributionRun(NDArray logit, NDArray total, LogitContributions contributions) {
    /**
     * Runs the batch.
     *
     * @param reader records what each component writes
     * @param ids (batch, position)
     * @param positions the same as the reader's
     */
    static AttributionRun of(HookedModel model, ResidualRecorder reader, NDArray ids, Metric metric, int[] positions) {
        NDArray logits = logits(model, reader, ids, positions);
        int answer = Objects.requireNonNull(metric.answer());
        Integer foil = metric.foil();
        NDArray own = column(logits, answer);
        NDArray logit = foil == null ? own : own.sub(column(logits, foil));
        LogitContributions shares = model.weightAnalyses().logitContributions(reader, answer, foil);
        return new AttributionRun(logit, shares.total(), shares);
    }

    /** The metric before any soft cap, which the components sum to (batch, position), float64. */
    NDArray uncapped() {
        NDArray uncapped = contributions.uncapped();
        return uncapped == null ? logit : uncapped;
    }

    /** Logits of the chosen positions, [batch, position, vocab]. */
    private static NDArray logits(HookedModel model, ResidualRecorder reader, NDArray ids, int[] positions) {
        NDArray resid = model.runBlocks(ids, reader, null);
        return model.unembedAt(resid, positions, reader);
    }

    private static NDArray column(NDArray logits, int token) {
        return Ops.slice(logits, 2, token, token + 1).squeeze(2).toType(DataType.FLOAT64, false);
    }
}
