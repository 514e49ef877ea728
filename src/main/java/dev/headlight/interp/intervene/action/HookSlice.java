package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A slice of a hook point's value: the indices chosen on each axis, for inputs of one length.
 *
 * @param shape sizes of the site's axes, for one input
 * @param chosen indices on each axis of the site
 */
public record HookSlice(Site site, long[] shape, int[][] chosen) {

    /**
     * All of a hook point's value.
     *
     * @param value [1, axes of the site]
     */
    public static HookSlice whole(HookName hook, NDArray value) {
        long[] shape = Arrays.copyOfRange(
                value.getShape().getShape(), 1, value.getShape().dimension());
        return new HookSlice(
                hook.site(),
                shape,
                Arrays.stream(shape)
                        .mapToObj(size -> IntStream.range(0, (int) size).toArray())
                        .toArray(int[][]::new));
    }

    /** The axis of the site that {@code positions} choose from: the query of attention, else the first. */
    public int positionAxis() {
        return site.positionAxis();
    }

    /** Chosen positions. */
    public int[] positions() {
        return chosen[positionAxis()];
    }

    /** Positions of the input. */
    public int length() {
        return (int) shape[positionAxis()];
    }

    /** Chosen indices on the last axis. */
    int[] last() {
        return chosen[chosen.length - 1];
    }

    /** Size of the last axis. */
    int width() {
        return (int) shape[shape.length - 1];
    }

    /**
     * Lays a vector out on the whole last axis.
     *
     * @param vector as long as that axis, or as the chosen indices; the rest is 0 then
     */
    double[] onLastAxis(List<Double> vector) {
        double[] whole = new double[width()];
        boolean ofChosen = vector.size() == last().length;
        for (int i = 0; i < vector.size(); i++) {
            whole[ofChosen ? last()[i] : i] = vector.get(i);
        }
        return whole;
    }

    /**
     * The direction of a vector: its part at the chosen indices of the last axis, at length 1.
     *
     * @throws BadSelection for a vector that is 0 at all of them
     */
    float[] direction(String field, List<Double> vector) {
        double[] whole = onLastAxis(vector);
        double square =
                Arrays.stream(last()).mapToDouble(i -> whole[i] * whole[i]).sum();
        if (square == 0) {
            throw new BadSelection(field, "has no direction: it is 0, or as good as, at every chosen neuron");
        }
        float[] unit = new float[whole.length];
        for (int i : last()) {
            unit[i] = (float) (whole[i] / Math.sqrt(square));
        }
        return unit;
    }

    /**
     * Cuts values to the positions of a run, which may hold only the last ones.
     *
     * @param values [rows, axes of the site], of 1 position, which is kept, or of all
     * @param like the run's value: [rows, axes of the site]
     */
    public NDArray ofLast(NDArray values, NDArray like) {
        int axis = positionAxis() + 1;
        long has = values.getShape().get(axis);
        long wanted = like.getShape().get(axis);
        return has == 1 || has == wanted ? values : Ops.slice(values, axis, has - wanted, has);
    }

    /**
     * Marks what is chosen.
     *
     * @param value [rows, axes of the site]
     * @return boolean, [1, axes of the site], at the positions of {@code value}
     */
    public NDArray mask(NDArray value) {
        NDManager manager = value.getManager();
        NDArray mask = manager.ones(new Shape(1));
        for (int axis = 0; axis < chosen.length; axis++) {
            float[] one = new float[(int) shape[axis]];
            for (int index : chosen[axis]) {
                one[index] = 1;
            }
            long[] along = new long[chosen.length + 1];
            Arrays.fill(along, 1);
            along[axis + 1] = one.length;
            mask = mask.mul(manager.create(one, new Shape(along)));
        }
        return ofLast(mask.gt(0), value);
    }
}
