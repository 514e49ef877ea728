package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Nonlinearities;
import dev.headlight.tensor.Scalars;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Maps the residual stream after the last block to logits: {@code softCap(scale * out(projection(norm(transform(x)))))}.
 *
 * @param transform dense layer before the final norm, in masked language models (BERT); null for none
 * @param norm the final norm; null for none
 * @param projection after the norm, if the vectors of the vocabulary are narrower than d_model (OPT); null for none
 * @param out weight [vocab, width]
 * @param scale factor of the logits (Granite)
 * @param softCap bound c of the logits, c · tanh(logit / c) (Gemma 2); null for none
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

    /** A final norm, which may be null for none, and the output layer. */
    public static Unembedding of(@Nullable Norm norm, Linear out) {
        return new Unembedding(null, norm, null, out, 1, null);
    }

    /** With a dense layer before the final norm. */
    public Unembedding transform(Transform transform) {
        return new Unembedding(transform, norm, projection, out, scale, softCap);
    }

    /** With a projection after the final norm; null for none. */
    public Unembedding projection(@Nullable Linear projection) {
        return new Unembedding(transform, norm, projection, out, scale, softCap);
    }

    /** With a factor of the logits. */
    public Unembedding scale(double scale) {
        return new Unembedding(transform, norm, projection, out, scale, softCap);
    }

    /** With logits bounded by ±{@code softCap}; null for no bound. */
    public Unembedding softCap(@Nullable Double softCap) {
        return new Unembedding(transform, norm, projection, out, scale, softCap);
    }

    /** Unembeds a residual stream: [batch, position, d_model] to [batch, position, vocab]. */
    NDArray forward(NDArray x, Hooks hooks) {
        x = transform == null ? x : transform.apply(x);
        if (norm != null) {
            NDArray normalized = hooks.at(HookName.of(Site.LN_FINAL_NORMALIZED), norm.normalized(x));
            x = hooks.at(HookName.of(Site.LN_FINAL), norm.affine(normalized));
        }
        return hooks.at(HookName.of(Site.LOGITS), logits(x));
    }

    /** Unembeds without hooks, and without the norm if {@code normalise} is false: [.., d_model] to [.., vocab]. */
    NDArray read(NDArray x, boolean normalise) {
        x = transform == null ? x : transform.apply(x);
        return logits(norm == null || !normalise ? x : norm.affine(norm.normalized(x)));
    }

    private NDArray logits(NDArray x) {
        NDArray logits = out.apply(projection == null ? x : projection.apply(x));
        logits = scale == 1 ? logits : Scalars.times(logits, scale);
        return softCap == null ? logits : Nonlinearities.softCap(logits, softCap);
    }

    /** The sites of its hook points. */
    Set<Site> sites() {
        return norm == null
                ? EnumSet.of(Site.LOGITS)
                : EnumSet.of(Site.LN_FINAL_NORMALIZED, Site.LN_FINAL, Site.LOGITS);
    }
}
