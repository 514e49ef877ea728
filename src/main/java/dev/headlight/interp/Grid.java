package dev.headlight.interp;

import dev.headlight.model.BadSelection;
import dev.headlight.model.HookName;
import dev.headlight.model.HookPoints;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Site;
import dev.headlight.tensor.Wire;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The cells of a sweep over two axes of a hook point, for inputs of one length. What is no axis of it is patched whole,
 * within what was chosen.
 *
 * @param over the two axes
 * @param layers in the order of the request; likewise the others
 * @param heads kv heads of {@code k} and {@code v}; all of them for a site without heads
 * @param neurons indices on the site's last axis; those of an attention site are its keys, all of them
 * @param window how many layers around a cell's own are patched with it
 */
public record Grid(
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
    /** What a cell is one of. */
    public enum Axis {
        LAYER,
        POSITION,
        HEAD,
        NEURON,
        /** Of an edge, see {@link Edges}. */
        SENDER,
        /** Of an edge. */
        RECEIVER;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * A grid as it is asked for.
     *
     * @param hook short name of a site that layers have
     * @param layers null for all that have the site
     * @param positions negative from the end; query rows of attention sites; null for all
     * @param heads null for all; so are {@code neurons}
     * @param window 1 for each layer alone
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
     * One cell.
     *
     * @param hooks the hook points that are patched, lowest layer first
     * @param region the part of each that is
     */
    record Cell(int index, List<HookName> hooks, Region region) {
        /** The first position that the patch changes. */
        int first() {
            return Arrays.stream(region.positions()).min().orElseThrow();
        }

        /** The lowest layer that the patch changes. */
        int layer() {
            return hooks.get(0).layer();
        }
    }

    /** @throws BadSelection for what the model or the length rules out; it names the field */
    static Grid of(HookedModel model, Query query, int length) {
        Site site = GridCheck.site(query, model.hookPoints());
        ModelInfo info = model.info();
        return new Grid(
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

    /** How many cells each axis has. */
    long[] shape() {
        return over.stream().mapToLong(axis -> chosen(axis).length).toArray();
    }

    String[] dims() {
        return over.stream().map(Axis::toString).toArray(String[]::new);
    }

    int size() {
        return Math.toIntExact(Arrays.stream(shape()).reduce(1, Math::multiplyExact));
    }

    int[] chosen(Axis axis) {
        return switch (axis) {
            case LAYER -> layers;
            case POSITION -> positions;
            case HEAD -> heads;
            case NEURON -> neurons;
            case SENDER, RECEIVER -> throw new IllegalStateException("no axis of a hook point");
        };
    }

    /** Every hook point that some cell patches. */
    Set<HookName> hooks() {
        Set<HookName> hooks = new LinkedHashSet<>();
        for (int layer : layers) {
            hooks.addAll(around(layer));
        }
        return hooks;
    }

    /** A layer with those around it: for an even window one more below it than above, as Meng et al. (2022) have it. */
    private List<HookName> around(int layer) {
        int wide = Math.min(window, 2 * info.nLayers()); // that many reach both ends from anywhere
        return IntStream.range(Math.max(0, layer - wide / 2), Math.min(info.nLayers(), layer + (wide + 1) / 2))
                .mapToObj(l -> new HookName(l, site))
                .filter(points::has)
                .toList();
    }

    /** @param index row-major, as in the answer */
    Cell cell(int index) {
        int columns = chosen(over.get(1)).length;
        int[] at = {index / columns, index % columns};
        int layer = one(Axis.LAYER, layers, at)[0];
        int[] some = one(Axis.POSITION, positions, at);
        return new Cell(index, around(layer), region(some, one(Axis.HEAD, heads, at), one(Axis.NEURON, neurons, at)));
    }

    /** What a cell covers of an axis: its own element, or all that are chosen. */
    private int[] one(Axis axis, int[] chosen, int[] at) {
        int i = over.indexOf(axis);
        return i < 0 ? chosen : new int[] {chosen[at[i]]};
    }

    private Region region(int[] positions, int[] heads, int[] last) {
        int width = info.width(site, length);
        if (site.isAttention()) {
            return new Region(site, new long[] {info.nHeads(), length, width}, new int[][] {heads, positions, last});
        }
        if (site.hasHeads()) {
            return new Region(site, new long[] {length, info.heads(site), width}, new int[][] {positions, heads, last});
        }
        return new Region(site, new long[] {length, width}, new int[][] {positions, last});
    }
}
