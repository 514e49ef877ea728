package dev.headlight.interp.metric;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.interp.session.Selection;
import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scalars;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads a metric from runs of one input, in float64. Only the positions that it needs are unembedded. The result is
 * differentiable if the run's hooks are.
 */
public final class MetricReader {
    private final HookedModel model;
    private final Metric metric;
    private final int[] ids;
    private final int position;
    private @Nullable NDArray
            readBaseRun; // kl_divergence: log-probabilities (1, vocab); loss: of each next token (1, position)

    /**
     * Reads {@code metric} from runs of {@code input}.
     *
     * @throws BadSelection for a position that the input lacks, and for a loss that is undefined
     */
    public MetricReader(HookedModel model, Metric metric, Encoded input) {
        this.model = model;
        this.metric = metric;
        this.ids = input.ids();
        this.position = metric.type() == Metric.Type.LOSS
                ? ids.length - 1
                : Selection.position("metric.position", metric.position(), ids.length);
        if (metric.type() == Metric.Type.LOSS && !model.info().causal()) {
            throw new BadSelection("metric.type", "loss", "is undefined for a model that is not causal");
        }
        if (metric.type() == Metric.Type.LOSS && ids.length < 2) {
            throw new BadSelection("metric.type", "loss", "is undefined for an input of 1 token");
        }
    }

    /** The last position that the metric reads; in a causal model, changes at later positions have no effect. */
    public int lastPosition() {
        return metric.type() == Metric.Type.LOSS ? ids.length - 2 : position;
    }

    /** How many positions are unembedded together. */
    public int unembeddedPositions() {
        return metric.type() == Metric.Type.LOSS ? ids.length : 1;
    }

    /**
     * Reads the run that others are compared with. It must be called before {@link #read} if the metric compares.
     *
     * @param resid the last block's output (1, position, d_model); what is kept of it belongs to its memory manager
     * @param hooks the hooks of the run
     * @return (1), float64
     */
    public NDArray readBaseRun(NDArray resid, Hooks hooks) {
        readBaseRun = switch (metric.type()) {
            case KL_DIVERGENCE -> Ops.constant(Distributions.logProbabilities(at(resid, 0, hooks)));
            case LOSS -> Ops.constant(ofNextTokens(resid, 0, hooks));
            case LOGIT, LOGIT_DIFFERENCE, LOG_PROBABILITY -> null;
        };
        return read(resid, 0, hooks);
    }

    /**
     * Reads the metric of each row.
     *
     * @param resid the last block's output from position {@code from} on (row, position, d_model)
     * @param hooks the hooks of the run, which may change what the unembedding reads
     * @return (row), float64
     */
    public NDArray read(NDArray resid, int from, Hooks hooks) {
        return switch (metric.type()) {
            case LOGIT -> column(at(resid, from, hooks), metric.answer());
            case LOGIT_DIFFERENCE -> {
                NDArray logits = at(resid, from, hooks);
                yield column(logits, metric.answer()).sub(column(logits, metric.foil()));
            }
            case LOG_PROBABILITY -> column(Distributions.logProbabilities(at(resid, from, hooks)), metric.answer());
            case KL_DIVERGENCE ->
                Distributions.klDivergence(
                        Objects.requireNonNull(readBaseRun), Distributions.logProbabilities(at(resid, from, hooks)));
            case LOSS -> loss(resid, from, hooks);
        };
    }

    /** The logits at the metric's position (row, vocab), float64. */
    private NDArray at(NDArray resid, int from, Hooks hooks) {
        return Ops.cast(model.unembedAt(resid, position - from, hooks).squeeze(1), DataType.FLOAT64);
    }

    private static NDArray column(NDArray values, @Nullable Integer token) {
        int at = Objects.requireNonNull(token);
        return Ops.slice(values, 1, at, at + 1).squeeze(1);
    }

    private NDArray loss(NDArray resid, int from, Hooks hooks) {
        NDArray own = ofNextTokens(resid, from, hooks).sum(new int[] {1}, false);
        if (from > 0) {
            NDArray before = Ops.slice(Objects.requireNonNull(readBaseRun), 1, 0, from);
            own = own.add(before.sum(new int[] {1}, false));
        }
        return Scalars.over(own, -(ids.length - 1));
    }

    /**
     * The log-probability of the token that follows each position, except the last.
     *
     * @param resid the last block's output from position {@code from} on (row, position, d_model)
     * @return (row, position - 1), float64
     */
    private NDArray ofNextTokens(NDArray resid, int from, Hooks hooks) {
        NDArray all = Distributions.logProbabilities(model.unembed(resid, hooks));
        return Distributions.nextTokenLogProbabilities(Ops.slice(all, 1, 0, ids.length - 1 - from), ids, from);
    }
}
