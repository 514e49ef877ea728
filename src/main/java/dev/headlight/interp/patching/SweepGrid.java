package dev.headlight.interp.patching;

import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.interp.session.Selection;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Wire;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The cells of a sweep over two axes, for inputs of one length. Along an axis of a hook point that is not an axis of the grid,
 * each cell patches all chosen indices together.
 *
 * @param points of the model
 * @param site of the hook points
 * @param info of the model
 * @param length tokens of the input
 * @param over the two axes
 * @param layers chosen layers, in the order of the request
 * @param positions chosen positions, in the order of the request
 * @param heads chosen heads; kv heads for {@code k} and {@code v}; all for a site without heads
 * @param neurons chosen indices on the site's last axis; all keys for an attention site
 * @param window how many layers around a cell's layer are patched together
 */
public record SweepGrid(
        HookPoints points,
        Site site,
        ModelInfo info,
        int length,
        List<Axis> over,
        int[] layers,
        int[] positions,
        int[] heads,
        int[] neurons,
        int window) {
    /** An axis of a grid. */
    public enum Axis {
        /** One row or column per layer. */
        LAYER,
        /** One per position; for attention sites one per query. */
        POSITION,
        /** One per head. */
        HEAD,
        /** One per index on the site's last axis. */
        NEURON,
        /** One per sender of edges in the computational graph; only for a grid of edges. */
        SENDER,
        /** One per receiver of edges; only for a grid of edges. */
        RECEIVER;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * The grid that a request asks for.
     *
     * @param hook short name of a site in the layers
     * @param over the two axes
     * @param layers null for all that have the site
     * @param positions negative ones count from the end; queries for attention sites; null for all
     * @param heads null for all
     * @param neurons null for all
     * @param window how many layers are patched together; 1 for each layer alone
     */
    public record Query(
            String hook,
            List<Axis> over,
            @Nullable List<Integer> layers,
            @Nullable List<Integer> positions,
            @Nullable List<Integer> heads,
            @Nullable List<Integer> neurons,
            int window) {}

    /**
     * One cell: what is patched in one run.
     *
     * @param index row-major in the grid
     * @param hooks the patched hook points, lowest layer first
     * @param slice the patched part of each
     */
    record Cell(int index, List<HookName> hooks, HookSlice slice) {
        /** The first position that the patch changes. */
        int firstPosition() {
            return Arrays.stream(slice.positions()).min().orElseThrow();
        }

        /** The lowest layer that the patch changes. */
        int lowestLayer() {
            return hooks.get(0).layer();
        }
    }

    /**
     * Checks a query against the model.
     *
     * @param length tokens of the input
     * @throws BadSelection if the model or the length does not allow it; it names the field
     */
    static SweepGrid of(HookedModel model, Query query, int length) {
        Site site = GridCheck.site(query, model.hookPoints());
        ModelInfo info = model.info();
        return new SweepGrid(
                model.hookPoints(),
                site,
                info,
                length,
                query.over,
                GridCheck.layers(query, site, model.hookPoints(), info.nLayers()),
                Selection.positions("positions", query.positions, length),
                Selection.of("heads", query.heads, info.heads(site)),
                Selection.of("neurons", query.neurons, info.width(site, length)),
                query.window);
    }

    /** The sizes of the two axes. */
    long[] shape() {
        return over.stream().mapToLong(axis -> chosen(axis).length).toArray();
    }

    /** The names of the two axes. */
    String[] dims() {
        return over.stream().map(Axis::toString).toArray(String[]::new);
    }

    /** The number of cells. */
    int size() {
        return Math.toIntExact(Arrays.stream(shape()).reduce(1, Math::multiplyExact));
    }

    /**
     * The chosen indices along an axis of a hook point.
     *
     * @throws IllegalStateException for an axis of edges
     */
    int[] chosen(Axis axis) {
        return switch (axis) {
            case LAYER -> layers;
            case POSITION -> positions;
            case HEAD -> heads;
            case NEURON -> neurons;
            case SENDER, RECEIVER ->
                throw new IllegalStateException(axis + " is an axis of edges, not of a hook point");
        };
    }

    /** Every hook point that a cell patches. */
    Set<HookName> hookNames() {
        Set<HookName> hooks = new LinkedHashSet<>();
        for (int layer : layers) {
            hooks.addAll(window(layer));
        }
        return hooks;
    }

    /** The window around a layer: if its size is even, one more layer below than above, as in Meng et al. (2022). */
    private List<HookName> window(int layer) {
        int wide = Math.min(window, 2 * info.nLayers()); // enough to reach both ends from any layer
        return IntStream.range(Math.max(0, layer - wide / 2), Math.min(info.nLayers(), layer + (wide + 1) / 2))
                .mapToObj(l -> new HookName(l, site))
                .filter(points::has)
                .toList();
    }

    /** One cell, by its row-major index. */
    Cell cell(int index) {
        int columns = chosen(over.get(1)).length;
        int[] at = {index / columns, index % columns};
        int layer = indices(Axis.LAYER, layers, at)[0];
        HookSlice slice = HookSlice.of(
                site,
                info,
                length,
                indices(Axis.HEAD, heads, at),
                indices(Axis.POSITION, positions, at),
                indices(Axis.NEURON, neurons, at));
        return new Cell(index, window(layer), slice);
    }

    /** The indices of a cell along an axis: one, or all that are chosen if it is not an axis of the grid. */
    private int[] indices(Axis axis, int[] chosen, int[] at) {
        int i = over.indexOf(axis);
        return i < 0 ? chosen : new int[] {chosen[at[i]]};
    }
}
