package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookName;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scalars;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * From what the last block writes to logits.
 *
 * @param transform a masked language model's dense layer before the final norm; null for none
 * @param norm null where the last block's output is read as it is
 * @param projection after the norm, where the vocabulary's vectors are narrower than d_model; null for none
 * @param out (vocab, width)
 * @param scale what the logits are multiplied by
 * @param softCap what bounds them, c · tanh(logit / c); null where nothing does
 */
public record Unembedding(
        @Nullable Transform transform,
        @Nullable Norm norm,
        @Nullable Linear projection,
        Linear out,
        double scale,
        @Nullable Double softCap) {

    /** A dense layer and its non-linearity. */
    public record Transform(Linear dense, UnaryOperator<NDArray> activation) {
        NDArray apply(NDArray x) {
            return activation.apply(dense.apply(x));
        }
    }

    public static Unembedding of(@Nullable Norm norm, Linear out) {
        return new Unembedding(null, norm, null, out, 1, null);
    }

    public Unembedding transform(Transform transform) {
        return new Unembedding(transform, norm, projection, out, scale, softCap);
    }

    public Unembedding projection(@Nullable Linear projection) {
        return new Unembedding(transform, norm, projection, out, scale, softCap);
    }

    public Unembedding scale(double scale) {
        return new Unembedding(transform, norm, projection, out, scale, softCap);
    }

    public Unembedding softCap(@Nullable Double softCap) {
        return new Unembedding(transform, norm, projection, out, scale, softCap);
    }

    /** @param x (batch, position, d_model); the result is (batch, position, vocab) */
    NDArray forward(NDArray x, Hooks hooks) {
        x = transform == null ? x : transform.apply(x);
        if (norm != null) {
            NDArray normalized = hooks.at(HookName.of(Site.LN_FINAL_NORMALIZED), norm.normalized(x));
            x = hooks.at(HookName.of(Site.LN_FINAL), norm.affine(normalized));
        }
        return hooks.at(HookName.of(Site.LOGITS), logits(x));
    }

    /** The same of any residual stream, without hooks; with {@code normalise} false without the norm. */
    NDArray read(NDArray x, boolean normalise) {
        x = transform == null ? x : transform.apply(x);
        return logits(norm == null || !normalise ? x : norm.affine(norm.normalized(x)));
    }

    private NDArray logits(NDArray x) {
        NDArray logits = out.apply(projection == null ? x : projection.apply(x));
        logits = scale == 1 ? logits : Scalars.times(logits, scale);
        return softCap == null ? logits : Ops.softCap(logits, softCap);
    }

    Set<Site> sites() {
        return norm == null
                ? EnumSet.of(Site.LOGITS)
                : EnumSet.of(Site.LN_FINAL_NORMALIZED, Site.LN_FINAL, Site.LOGITS);
    }
}
