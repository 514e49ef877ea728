package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.BadSelection;
import dev.headlight.model.HookName;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Wire;

/** What takes the place of a value in the very run that it is from. */
public enum Ablation {
    /** 0. */
    ZERO,
    /** The mean over the run's positions. */
    MEAN,
    /** The value at another position, see {@link Resample}. */
    RESAMPLE;

    /** The name in requests and answers. */
    @Override
    public String toString() {
        return Wire.name(this);
    }

    /** @throws BadSelection where it is undefined for a site, or for inputs of this length */
    void check(String field, Site site, boolean causal, int length) {
        if (this == MEAN && site == Site.ATTN_SCORES && causal) {
            throw new BadSelection(
                    field,
                    this,
                    "is undefined on attn_scores of a causal model, where hidden scores are minus infinity");
        }
        if (this == RESAMPLE && site.isAttention()) {
            throw new BadSelection(
                    field,
                    this,
                    "is undefined on " + site.shortName() + ", where a row of another position has other keys");
        }
        if (this == RESAMPLE && length == 1) {
            throw new BadSelection(
                    field,
                    this,
                    "takes the value of another position, and the input has 1: it must have 2 tokens or more");
        }
    }

    /**
     * The whole value as it would be were all of it ablated.
     *
     * @param value (1, …) with the site's axes
     * @param seed of what is drawn
     * @return (1, …) with the site's axes, maybe of 1 position that stands for all
     */
    NDArray of(HookName hook, NDArray value, long seed) {
        int axis = Activations.positionAxis(hook.site()) + 1;
        return switch (this) {
            case ZERO -> hook.site() == Site.ATTN_SCORES ? hidden(value) : value.zerosLike();
            case MEAN -> value.mean(new int[] {axis}, true);
            case RESAMPLE ->
                Ops.select(value, axis, Resample.positions(seed, hook, (int)
                        value.getShape().get(axis)));
        };
    }

    /** What the model hides stays hidden. */
    private static NDArray hidden(NDArray scores) {
        return Ops.where(scores.eq(Float.NEGATIVE_INFINITY), scores, scores.zerosLike());
    }
}
