package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A slice of a hook point's value: the indices chosen on each axis, for inputs of one length. The axes are those of the
 * site, without the batch: {@code [position, neuron]}, {@code [position, head, neuron]}, or {@code [head, query, key]} for
 * {@code pattern} and {@code attn_scores}.
 *
 * @param shape sizes of the site's axes, for one input
 * @param chosen indices on each axis of the site
 */
public record HookSlice(Site site, long[] shape, int[][] chosen) {

    /**
     * The slice with these indices.
     *
     * @param length tokens of the input
     * @param heads ignored for a site without heads
     * @param positions queries for attention sites
     * @param last indices on the last axis: neurons, or keys for attention sites
     */
    public static HookSlice of(Site site, ModelInfo info, int length, int[] heads, int[] positions, int[] last) {
        int width = info.width(site, length);
        if (site.isAttention()) {
            return new HookSlice(site, new long[] {info.nHeads(), length, width}, new int[][] {heads, positions, last});
        }
        if (site.hasHeads()) {
            return new HookSlice(
                    site, new long[] {length, info.heads(site), width}, new int[][] {positions, heads, last});
        }
        return new HookSlice(site, new long[] {length, width}, new int[][] {positions, last});
    }

    /**
     * The slice that covers a hook point's whole value.
     *
     * @param value {@code [1, axes of the site]}
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

    /** The axis of positions: the query axis of attention sites, the first axis of others. */
    public int positionAxis() {
        return site.positionAxis();
    }

    /** The chosen positions; queries for attention sites. */
    public int[] positions() {
        return chosen[positionAxis()];
    }

    /** Number of tokens of the input. */
    public int length() {
        return (int) shape[positionAxis()];
    }

    /** Chosen indices on the last axis. */
    int[] lastAxisIndices() {
        return chosen[chosen.length - 1];
    }

    /** Size of the last axis. */
    int lastAxisSize() {
        return (int) shape[shape.length - 1];
    }

    /**
     * Expands a vector to the whole last axis.
     *
     * @param vector as long as that axis, or as the chosen indices; then the result is 0 elsewhere
     */
    double[] onLastAxis(List<Double> vector) {
        double[] whole = new double[lastAxisSize()];
        boolean ofChosen = vector.size() == lastAxisIndices().length;
        for (int i = 0; i < vector.size(); i++) {
            whole[ofChosen ? lastAxisIndices()[i] : i] = vector.get(i);
        }
        return whole;
    }

    /**
     * The unit vector in the direction of a vector's part at the chosen indices of the last axis; 0 elsewhere.
     *
     * @param field path of the vector in the request, for the message
     * @throws BadSelection for a vector that is 0 at all chosen indices
     */
    float[] direction(String field, List<Double> vector) {
        double[] whole = onLastAxis(vector);
        double squaredNorm = Arrays.stream(lastAxisIndices())
                .mapToDouble(i -> whole[i] * whole[i])
                .sum();
        if (squaredNorm == 0) {
            throw new BadSelection(field, "has no direction: it is (numerically) zero at every chosen neuron");
        }
        float[] unit = new float[whole.length];
        for (int i : lastAxisIndices()) {
            unit[i] = (float) (whole[i] / Math.sqrt(squaredNorm));
        }
        return unit;
    }

    /**
     * Cuts values to the positions that a run holds, which may be only the last ones.
     *
     * @param values {@code [rows, axes of the site]}, of all positions, or of 1 that stands for all and is not cut
     * @param like the run's value, {@code [rows, axes of the site]}
     * @return {@code [rows, axes of the site]}
     */
    public NDArray atPositionsOf(NDArray values, NDArray like) {
        int axis = positionAxis() + 1;
        long has = values.getShape().get(axis);
        long wanted = like.getShape().get(axis);
        return has == 1 || has == wanted ? values : Ops.slice(values, axis, has - wanted, has);
    }

    /**
     * The slice as a mask.
     *
     * @param value {@code [rows, axes of the site]}
     * @return boolean, true where chosen: {@code [1, axes of the site]}, at the positions of {@code value}
     */
    public NDArray mask(NDArray value) {
        NDManager manager = value.getManager();
        NDArray mask = manager.ones(new Shape(1));
        for (int axis = 0; axis < chosen.length; axis++) {
            float[] onAxis = new float[(int) shape[axis]];
            for (int index : chosen[axis]) {
                onAxis[index] = 1;
            }
            long[] along = new long[chosen.length + 1];
            Arrays.fill(along, 1);
            along[axis + 1] = onAxis.length;
            mask = mask.mul(manager.create(onAxis, new Shape(along)));
        }
        return atPositionsOf(mask.gt(0), value);
    }
}
