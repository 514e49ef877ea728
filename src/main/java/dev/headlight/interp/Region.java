package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.BadSelection;
import dev.headlight.model.HookName;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The part of a hook point's value that an intervention chooses, for inputs of one length.
 *
 * @param shape of the value for one input, in the order of the site's axes
 * @param chosen indices on each axis
 */
record Region(Site site, long[] shape, int[][] chosen) {

    /** @throws BadSelection for an index out of range, an empty or repeating list, or an axis that the hook lacks */
    static Region of(Intervention i, ModelInfo info, int length) {
        Site site = i.hook().site();
        int width = info.width(site, length);
        if (site.isAttention()) {
            refuse(i.neurons(), i.at("neurons"), site);
            return new Region(site, new long[] {info.nHeads(), length, length}, new int[][] {
                Selection.of(i.at("heads"), i.heads(), info.nHeads()),
                Selection.positions(i.at("positions"), i.positions(), length),
                Selection.positions(i.at("keys"), i.keys(), length)
            });
        }
        refuse(i.keys(), i.at("keys"), site);
        int[] positions = Selection.positions(i.at("positions"), i.positions(), length);
        int[] neurons = Selection.of(i.at("neurons"), i.neurons(), width);
        if (site.hasHeads()) {
            int heads = info.heads(site);
            int[] some = Selection.of(i.at("heads"), i.heads(), heads);
            return new Region(site, new long[] {length, heads, width}, new int[][] {positions, some, neurons});
        }
        refuse(i.heads(), i.at("heads"), site);
        return new Region(site, new long[] {length, width}, new int[][] {positions, neurons});
    }

    /** All of a hook point's value (1, …). */
    static Region whole(HookName hook, NDArray value) {
        long[] shape = Arrays.copyOfRange(
                value.getShape().getShape(), 1, value.getShape().dimension());
        return new Region(
                hook.site(),
                shape,
                Arrays.stream(shape)
                        .mapToObj(size -> IntStream.range(0, (int) size).toArray())
                        .toArray(int[][]::new));
    }

    private static void refuse(@Nullable Object given, String field, Site site) {
        if (given != null) {
            throw new BadSelection(
                    field,
                    "does not apply to hook " + site.shortName() + ", whose axes are "
                            + String.join(", ", site.axes()));
        }
    }

    int positionAxis() {
        return site.positionAxis();
    }

    int[] positions() {
        return chosen[positionAxis()];
    }

    int length() {
        return (int) shape[positionAxis()];
    }

    /** Chosen indices on the last axis. */
    int[] last() {
        return chosen[chosen.length - 1];
    }

    int width() {
        return (int) shape[shape.length - 1];
    }

    /**
     * A vector on the hook's whole last axis.
     *
     * @param vector as long as that axis, or as the chosen indices, elsewhere 0
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
     * A vector's part at the chosen indices of the last axis, at length 1.
     *
     * @throws BadSelection for one that is 0 at all of them
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
     * As much of some values as a run has at hand, which may hold only the last positions.
     *
     * @param values (rows, …) with the site's axes, of 1 position or of all
     * @param like the value at hand
     */
    NDArray ofLast(NDArray values, NDArray like) {
        int axis = positionAxis() + 1;
        long has = values.getShape().get(axis);
        long wanted = like.getShape().get(axis);
        return has == 1 || has == wanted ? values : Ops.slice(values, axis, has - wanted, has);
    }

    /** Boolean, (1, …) with the site's axes of the value at hand: true where chosen. */
    NDArray mask(NDArray value) {
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
