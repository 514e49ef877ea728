package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scalars;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads a metric off runs of one input, in float64; only the positions that it needs are unembedded. It can be
 * differentiated where the run's hooks can.
 */
final class Measure {
    private final HookedModel model;
    private final Metric metric;
    private final int[] ids;
    private final int position;
    private @Nullable NDArray
            unpatched; // of kl_divergence its log-probabilities (1, vocab), of loss each token's (1, position)

    /**
     * @param input that the runs are of
     * @throws BadSelection for a position that the input lacks, and for a loss that is undefined
     */
    Measure(HookedModel model, Metric metric, Encoded input) {
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

    /** The last position whose residual stream matters; in a causal model what is changed behind it changes nothing. */
    int last() {
        return metric.type() == Metric.Type.LOSS ? ids.length - 2 : position;
    }

    /** How many positions are unembedded at once. */
    int unembedded() {
        return metric.type() == Metric.Type.LOSS ? ids.length : 1;
    }

    /**
     * Reads the run that others are compared with; before any other, where the metric compares.
     *
     * @param resid what its last block wrote (1, position, d_model); what is kept of it belongs to its manager
     * @return (1), float64
     */
    NDArray unpatched(NDArray resid, Hooks hooks) {
        unpatched = switch (metric.type()) {
            case KL_DIVERGENCE -> Ops.constant(logProbabilities(at(resid, 0, hooks)));
            case LOSS -> Ops.constant(tokens(resid, 0, hooks));
            case LOGIT, LOGIT_DIFFERENCE, LOG_PROBABILITY -> null;
        };
        return of(resid, 0, hooks);
    }

    /**
     * @param resid what the last block wrote at the positions from {@code from} on (row, position, d_model)
     * @param hooks those of the run, which may change what the unembedding reads
     * @return (row), float64
     */
    NDArray of(NDArray resid, int from, Hooks hooks) {
        return switch (metric.type()) {
            case LOGIT -> column(at(resid, from, hooks), metric.answer());
            case LOGIT_DIFFERENCE -> {
                NDArray logits = at(resid, from, hooks);
                yield column(logits, metric.answer()).sub(column(logits, metric.foil()));
            }
            case LOG_PROBABILITY -> column(logProbabilities(at(resid, from, hooks)), metric.answer());
            case KL_DIVERGENCE -> divergence(logProbabilities(at(resid, from, hooks)));
            case LOSS -> loss(resid, from, hooks);
        };
    }

    /** Logits at the metric's position (row, vocab), float64. */
    private NDArray at(NDArray resid, int from, Hooks hooks) {
        return Ops.cast(model.unembedAt(resid, position - from, hooks).squeeze(1), DataType.FLOAT64);
    }

    private static NDArray column(NDArray values, @Nullable Integer token) {
        int at = Objects.requireNonNull(token);
        return Ops.slice(values, 1, at, at + 1).squeeze(1);
    }

    private static NDArray logProbabilities(NDArray logits) {
        return logits.logSoftmax(-1);
    }

    private NDArray divergence(NDArray q) {
        NDArray p = Objects.requireNonNull(unpatched);
        NDArray apart = q.neg().add(p).mul(p.exp());
        return Ops.where(p.exp().eq(0), apart.zerosLike(), apart).sum(new int[] {1}, false);
    }

    private NDArray loss(NDArray resid, int from, Hooks hooks) {
        NDArray own = tokens(resid, from, hooks).sum(new int[] {1}, false);
        if (from > 0) {
            NDArray before = Ops.slice(Objects.requireNonNull(unpatched), 1, 0, from);
            own = own.add(before.sum(new int[] {1}, false));
        }
        return Scalars.over(own, -(ids.length - 1));
    }

    /** Log-probability of the token behind each position from {@code from} on, but for the last (row, position). */
    private NDArray tokens(NDArray resid, int from, Hooks hooks) {
        NDArray all = logProbabilities(Ops.cast(model.unembed(resid, hooks), DataType.FLOAT64));
        NDArray some = Ops.slice(all, 1, 0, ids.length - 1 - from);
        long[] next = Arrays.stream(ids, from + 1, ids.length).asLongStream().toArray();
        Shape shape = new Shape(some.getShape().get(0), next.length, 1);
        NDArray index = Ops.own(resid.getManager().create(next, new Shape(1, next.length, 1)));
        return some.gather(Ops.expand(index, shape), 2).squeeze(2);
    }
}
