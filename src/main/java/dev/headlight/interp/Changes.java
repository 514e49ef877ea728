package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Capture;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.tensor.Ops;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.UnaryOperator;

/** Makes the edits of one batch: what each action sets a hook point's value to. */
final class Changes {
    private final Session session;
    private final HookedModel model;
    private final int length;
    private final Capture original;
    private final NDManager scratch;

    /**
     * @param length of the batch's inputs
     * @param original the unmodified run of the batch, which means are taken from
     */
    Changes(Session session, int length, Capture original, NDManager scratch) {
        this.session = session;
        this.model = session.model();
        this.length = length;
        this.original = original;
        this.scratch = scratch;
    }

    /** @param effective gets the index of every intervention that changes a value */
    Edits edits(List<PreparedIntervention> interventions, BitSet effective) {
        Edits edits = new Edits(effective);
        for (int i = 0; i < interventions.size(); i++) {
            Region region = Region.of(interventions.get(i).asked(), model.info(), length);
            edits.add(i, interventions.get(i).asked().hook(), region, scratch, change(interventions.get(i), region));
        }
        return edits;
    }

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
            return value -> value.mul(scale.factor());
        }
        if (action instanceof Action.Add add) {
            NDArray vector = constant(vector(region, add), region.width());
            return value -> value.add(vector);
        }
        if (action instanceof Action.Noise noise) {
            NDArray drawn = noise(hook, region, noise);
            return value -> value.add(drawn);
        }
        NDArray other = action instanceof Action.Mean ? mean(intervention, region) : patch(intervention, region);
        return value -> Ops.expand(other, value.getShape());
    }

    /** A value of these axes for every row of the batch. */
    private NDArray constant(float[] values, long... shape) {
        return scratch.create(values, new Shape(shape)).expandDims(0);
    }

    private static float[] vector(Region region, Action.Add add) {
        float[] vector = new float[region.width()];
        boolean ofChosen = add.vector().size() == region.last().length;
        for (int i = 0; i < add.vector().size(); i++) {
            int neuron = ofChosen ? region.last()[i] : i;
            vector[neuron] = (float) (add.coefficient() * add.vector().get(i));
        }
        return vector;
    }

    private NDArray noise(HookName hook, Region region, Action.Noise noise) {
        long[] shape = region.shape();
        int elements = (int) (Arrays.stream(shape).reduce(1, (a, b) -> a * b) / region.length());
        float[] drawn = Noise.draw(noise, hook, region.length(), elements);
        if (!region.site().isAttention()) {
            return constant(drawn, shape);
        }
        return constant(drawn, shape[1], shape[0], shape[2])
                .transpose(0, 2, 1, 3); // drawn by query: (1, head, query, key)
    }

    /** Over the positions of each row in the unmodified run, or pooled over all tokens of the reference. */
    private NDArray mean(PreparedIntervention intervention, Region region) {
        HookName hook = intervention.asked().hook();
        if (intervention.reference() == null) {
            return original.value(hook).mean(new int[] {region.positionAxis() + 1}, true);
        }
        NDArray sum = scratch.zeros(new Shape(1));
        long tokens = 0;
        for (Session.Batch batch : session.batches(intervention.reference())) {
            sum = sum.add(run(batch.rows(), hook).sum(new int[] {0, 1}, true));
            tokens += (long) batch.rows().size() * batch.length();
        }
        return sum.div(tokens);
    }

    /** The source's values where they are to go; whatever elsewhere. */
    private NDArray patch(PreparedIntervention intervention, Region region) {
        int[] from = intervention.sourcePositions(region);
        int[] map = new int[region.length()];
        for (int i = 0; i < from.length; i++) {
            map[region.positions()[i]] = from[i];
        }
        NDArray source =
                run(List.of(intervention.source().ids()), intervention.asked().hook());
        return Ops.select(source, region.positionAxis() + 1, map);
    }

    private NDArray run(List<int[]> rows, HookName hook) {
        Capture capture = new Capture(List.of(hook));
        model.forwardTo(HookedModel.ids(scratch, rows), capture);
        return capture.value(hook);
    }
}
