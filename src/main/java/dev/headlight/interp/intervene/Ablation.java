package dev.headlight.interp.intervene;

import ai.djl.ndarray.NDArray;
import dev.headlight.interp.intervene.action.Resample;
import dev.headlight.interp.intervene.action.SeededRandom;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Wire;

/** Ways to ablate: how to replace a value by one made from the same run. */
public enum Ablation {
    /** Zero. */
    ZERO,
    /** The mean over the positions of the run. */
    MEAN,
    /** The value at another position of the run, chosen at random, see {@link Resample}. */
    RESAMPLE;

    /** The name in requests and answers. */
    @Override
    public String toString() {
        return Wire.name(this);
    }

    /**
     * Checks that the ablation is defined.
     *
     * @param field of the request, for the message
     * @param site of the values that are ablated
     * @param causal whether the model masks later positions
     * @param length tokens of the input
     * @throws BadSelection if it is undefined for the site, or for an input of this length
     */
    public void check(String field, Site site, boolean causal, int length) {
        if (this == MEAN && site == Site.ATTN_SCORES && causal) {
            throw new BadSelection(
                    field,
                    this,
                    "is undefined on attn_scores of a causal model, where masked scores are minus infinity");
        }
        if (this == RESAMPLE && site.isAttention()) {
            throw new BadSelection(
                    field,
                    this,
                    "is undefined on " + site.shortName() + ", where a row of another position has other keys");
        }
        if (this == RESAMPLE && length == 1) {
            throw new BadSelection(
                    field, this, "takes the value of another position, so the input must have at least 2 tokens");
        }
    }

    /**
     * Ablates the whole value of a hook point.
     *
     * @param value {@code [1, axes of the site]}
     * @param seed of the random positions of {@link #RESAMPLE}
     * @return {@code [1, axes of the site]}; for {@link #MEAN} with 1 position, which stands for all
     */
    public NDArray of(HookName hook, NDArray value, long seed) {
        int axis = hook.site().positionAxis() + 1;
        return switch (this) {
            case ZERO -> hook.site() == Site.ATTN_SCORES ? zerosExceptMasked(value) : value.zerosLike();
            case MEAN -> value.mean(new int[] {axis}, true);
            case RESAMPLE ->
                Ops.select(value, axis, Resample.drawPositions(new SeededRandom(seed), hook, (int)
                        value.getShape().get(axis)));
        };
    }

    /** Zeros, except that masked scores stay minus infinity: {@code [1, head, query, key]}. */
    private static NDArray zerosExceptMasked(NDArray scores) {
        return Ops.where(scores.eq(Float.NEGATIVE_INFINITY), scores, scores.zerosLike());
    }
}
