package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Capture;
import dev.headlight.model.HookName;
import dev.headlight.model.ModelInfo;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scalars;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.UnaryOperator;

/** Makes the edits of one batch: what each action turns a hook point's value into. Nothing is allocated before its turn. */
final class Changes {
    private final ModelInfo info;
    private final int length;
    private final Capture original;
    private final Sources sources;

    /**
     * @param length of the batch's inputs
     * @param original the unmodified run of the batch, with the values that actions take from it
     */
    Changes(ModelInfo info, int length, Capture original, Sources sources) {
        this.info = info;
        this.length = length;
        this.original = original;
        this.sources = sources;
    }

    /** @param effective gets the index of every intervention that changes a value */
    Edits edits(List<PreparedIntervention> interventions, BitSet effective) {
        Edits edits = new Edits(effective);
        for (int i = 0; i < interventions.size(); i++) {
            Region region = Region.of(interventions.get(i).asked(), info, length);
            edits.add(i, interventions.get(i).asked().hook(), region, change(interventions.get(i), region));
        }
        return edits;
    }

    /** The whole value, the batch axis first, to what it would be were everything chosen. */
    private UnaryOperator<NDArray> change(PreparedIntervention intervention, Region region) {
        HookName hook = intervention.asked().hook();
        Action action = intervention.asked().action();
        if (action instanceof Action.Zero) {
            return NDArray::zerosLike;
        }
        if (action instanceof Action.Set set) {
            return value -> value.zerosLike().add(set.value());
        }
        if (action instanceof Action.Mask) {
            return value -> value.zerosLike().add(Float.NEGATIVE_INFINITY);
        }
        if (action instanceof Action.Scale scale) {
            return value -> Scalars.times(value, scale.factor());
        }
        if (action instanceof Action.Add add) {
            return value -> value.add(constant(value, vector(region, add), region.width()));
        }
        if (action instanceof Action.ProjectOut out) {
            String field = intervention.asked().ofAction("vector");
            return value -> without(value, region.direction(field, out.vector()), out.coefficient());
        }
        if (action instanceof Action.Clamp clamp) {
            return value -> bounded(value, clamp);
        }
        if (action instanceof Action.Noise noise) {
            return value -> value.add(region.ofLast(noise(value, hook, region, noise), value));
        }
        if (action instanceof Action.Patch) {
            return value -> over(value, region, patch(intervention, region));
        }
        if (action instanceof Action.Freeze) {
            return value -> over(value, region, original.value(hook));
        }
        if (action instanceof Action.Resample resample) {
            return value -> over(value, region, resampled(intervention, region, resample.seed()));
        }
        return value -> over(value, region, mean(intervention, region));
    }

    /** Values of one row, or of as many as are at hand, for all that is at hand. */
    private static NDArray over(NDArray value, Region region, NDArray values) {
        return Ops.expand(region.ofLast(values, value), value.getShape());
    }

    /** Values of these axes for every row of the batch. */
    private static NDArray constant(NDArray like, float[] values, long... shape) {
        return Ops.own(like.getManager().create(values, new Shape(shape))).expandDims(0);
    }

    private static float[] vector(Region region, Action.Add add) {
        double[] whole = region.onLastAxis(add.vector());
        float[] vector = new float[whole.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (add.coefficient() * whole[i]);
        }
        return vector;
    }

    /** {@code x - coefficient (x·u) u} on the last axis. */
    private static NDArray without(NDArray x, float[] u, double coefficient) {
        NDArray direction = Ops.own(x.getManager().create(u));
        NDArray along = x.mul(direction).sum(new int[] {-1}, true);
        return x.sub(Scalars.times(along, coefficient).mul(direction));
    }

    private static NDArray bounded(NDArray value, Action.Clamp clamp) {
        NDArray above =
                clamp.min() == null ? value : Scalars.atLeast(value, clamp.min().floatValue());
        return clamp.max() == null ? above : Scalars.atMost(above, clamp.max().floatValue());
    }

    private static NDArray noise(NDArray like, HookName hook, Region region, Action.Noise noise) {
        long[] shape = region.shape();
        int elements = (int) (Arrays.stream(shape).reduce(1, (a, b) -> a * b) / region.length());
        float[] drawn = Noise.draw(noise, hook, region.length(), elements);
        if (!region.site().isAttention()) {
            return constant(like, drawn, shape);
        }
        return constant(like, drawn, shape[1], shape[0], shape[2])
                .transpose(0, 2, 1, 3); // drawn by query: (1, head, query, key)
    }

    /** Over the positions of each row in the unmodified run, or pooled over all tokens of the reference. */
    private NDArray mean(PreparedIntervention intervention, Region region) {
        if (intervention.reference() != null) {
            return sources.ofReference(intervention);
        }
        return original.value(intervention.asked().hook()).mean(new int[] {region.positionAxis() + 1}, true);
    }

    /** At each position the value of another in the unmodified run, or of one of the reference's tokens. */
    private NDArray resampled(PreparedIntervention intervention, Region region, long seed) {
        int axis = region.positionAxis() + 1;
        if (intervention.reference() != null) {
            return Ops.slice(sources.ofReference(intervention), axis, 0, region.length());
        }
        HookName hook = intervention.asked().hook();
        return Ops.select(original.value(hook), axis, Resample.positions(seed, hook, region.length()));
    }

    /** The source's values where they are to go; whatever elsewhere. */
    private NDArray patch(PreparedIntervention intervention, Region region) {
        int[] from = intervention.sourcePositions(region);
        int[] map = new int[region.length()];
        for (int i = 0; i < from.length; i++) {
            map[region.positions()[i]] = from[i];
        }
        return Ops.select(sources.value(intervention), region.positionAxis() + 1, map);
    }
}
