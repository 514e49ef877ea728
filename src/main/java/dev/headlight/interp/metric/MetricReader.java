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
 * Reads a metric from runs of one input, in float64. It unembeds only the positions that the metric needs. The result is
 * differentiable if the run's hooks are.
 */
public final class MetricReader {
    private final HookedModel model;
    private final Metric metric;
    private final int[] ids;
    private final int position;

    /** Of the base run: log-probabilities [1, vocab] for kl_divergence, of each next token [1, position] for loss. */
    private @Nullable NDArray baseLogProbabilities;

    /**
     * A reader of {@code metric} from runs of {@code input}.
     *
     * @throws BadSelection if the input lacks the position, or the loss is undefined for the model or the input
     */
    public MetricReader(HookedModel model, Metric metric, Encoded input) {
        this.model = model;
        this.metric = metric;
        this.ids = input.ids();
        this.position = metric.type() == Metric.Type.LOSS
                ? ids.length - 1
                : Selection.measured("metric.position", metric.position(), model, input);
        if (metric.type() == Metric.Type.LOSS && !model.info().causal()) {
            throw new BadSelection("metric.type", "loss", "is undefined for a model that is not causal");
        }
        if (metric.type() == Metric.Type.LOSS && ids.length < 2) {
            throw new BadSelection("metric.type", "loss", "is undefined for an input of 1 token");
        }
    }

    /** What is read: the tokens, and the position, which a loss does not have. */
    public Measured measured() {
        return Measured.of(
                model, metric.type() == Metric.Type.LOSS ? null : (Integer) position, metric.answer(), metric.foil());
    }

    /** The last position that affects the metric in a causal model. */
    public int lastPosition() {
        return metric.type() == Metric.Type.LOSS ? ids.length - 2 : position;
    }

    /** How many positions are unembedded at once. */
    public int unembeddedPositions() {
        return metric.type() == Metric.Type.LOSS ? ids.length : 1;
    }

    /**
     * Reads the metric of the base run, and remembers the probabilities that {@link #read} compares others with. Call it
     * first for a KL divergence or a loss.
     *
     * @param resid the last block's output {@code [1, position, d_model]}; its memory manager owns the remembered values
     * @param hooks the hooks of the run, which may change what the unembedding reads
     * @return {@code [1]}, float64
     */
    public NDArray readBaseRun(NDArray resid, Hooks hooks) {
        baseLogProbabilities = switch (metric.type()) {
            case KL_DIVERGENCE -> Ops.constant(Distributions.logProbabilities(at(resid, 0, hooks)));
            case LOSS -> Ops.constant(nextTokenLogProbabilities(resid, 0, hooks));
            case LOGIT, LOGIT_DIFFERENCE, LOG_PROBABILITY -> null;
        };
        return read(resid, 0, hooks);
    }

    /**
     * Reads the metric of each row of a batch.
     *
     * @param resid the last block's output {@code [row, position, d_model]}, without the positions before {@code from}
     * @param from the first position in {@code resid}; earlier ones are as in the base run
     * @param hooks the hooks of the run, which may change what the unembedding reads
     * @return {@code [row]}, float64
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
                        Objects.requireNonNull(baseLogProbabilities),
                        Distributions.logProbabilities(at(resid, from, hooks)));
            case LOSS -> loss(resid, from, hooks);
        };
    }

    /** The logits at the metric's position [row, vocab], float64. */
    private NDArray at(NDArray resid, int from, Hooks hooks) {
        return Ops.cast(model.unembedAt(resid, position - from, hooks).squeeze(1), DataType.FLOAT64);
    }

    private static NDArray column(NDArray values, @Nullable Integer token) {
        int at = Objects.requireNonNull(token);
        return Ops.slice(values, 1, at, at + 1).squeeze(1);
    }

    private NDArray loss(NDArray resid, int from, Hooks hooks) {
        NDArray sum = nextTokenLogProbabilities(resid, from, hooks).sum(new int[] {1}, false);
        if (from > 0) {
            NDArray before = Ops.slice(Objects.requireNonNull(baseLogProbabilities), 1, 0, from);
            sum = sum.add(before.sum(new int[] {1}, false));
        }
        return Scalars.over(sum, -(ids.length - 1));
    }

    /**
     * The log-probability of the token that follows each position, except the last.
     *
     * @param resid the last block's output [row, position, d_model], without the positions before {@code from}
     * @return [row, position - 1], float64
     */
    private NDArray nextTokenLogProbabilities(NDArray resid, int from, Hooks hooks) {
        NDArray all = Distributions.logProbabilities(model.unembed(resid, hooks));
        return Distributions.nextTokenLogProbabilities(Ops.slice(all, 1, 0, ids.length - 1 - from), ids, from);
    }
}
