package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Shares;
import dev.headlight.model.StreamReader;
import dev.headlight.tensor.Ops;
import java.util.Objects;

/**
 * One run whose logits are attributed.
 *
 * @param logit the metric as the model gives it (batch, position), float64
 */
record AttributionRun(NDArray logit, Shares shares) {
    /** @param positions those of the reader */
    static AttributionRun of(HookedModel model, StreamReader reader, NDArray ids, Metric metric, int[] positions) {
        NDArray logits = logits(model, reader, ids, positions);
        int answer = Objects.requireNonNull(metric.answer());
        Integer foil = metric.foil();
        NDArray own = column(logits, answer);
        NDArray logit = foil == null ? own : own.sub(column(logits, foil));
        return new AttributionRun(logit, model.weightReader().shares(reader, answer, foil));
    }

    /** The metric before any soft cap, which is what the parts sum to. */
    NDArray exact() {
        NDArray uncapped = shares.uncapped();
        return uncapped == null ? logit : uncapped;
    }

    /** Logits of the chosen positions, [batch, position, vocab]. */
    private static NDArray logits(HookedModel model, StreamReader reader, NDArray ids, int[] positions) {
        NDArray resid = model.climb(ids, reader, null);
        return model.unembedAt(resid, positions, reader);
    }

    private static NDArray column(NDArray logits, int token) {
        return Ops.slice(logits, 2, token, token + 1).squeeze(2).toType(DataType.FLOAT64, false);
    }
}
