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
import java.util.stream.Collectors;
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

    private static final List<List<Axis>> PAIRS = List.of(
            List.of(Axis.LAYER, Axis.POSITION),
            List.of(Axis.LAYER, Axis.HEAD),
            List.of(Axis.HEAD, Axis.POSITION),
            List.of(Axis.LAYER, Axis.NEURON));

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
        Site site = site(query.hook, model.hookPoints());
        if (!PAIRS.contains(query.over)) {
            throw new BadSelection(
                    "over",
                    query.over,
                    "must be one of " + PAIRS.stream().map(List::toString).collect(Collectors.joining(", ")));
        }
        refuse(query, Axis.HEAD, "heads", query.heads, site, site.hasHeads());
        refuse(query, Axis.NEURON, "neurons", query.neurons, site, !site.isAttention());
        if (query.window < 1) {
            throw new BadSelection("window", query.window, "must be at least 1 layer");
        }
        ModelInfo info = model.info();
        return new Grid(
                model.hookPoints(),
                site,
                info,
                length,
                query.over,
                layers(query, site, model.hookPoints(), info.nLayers()),
                Selection.positions("positions", query.positions, length),
                Selection.of("heads", query.heads, info.heads(site)),
                Selection.of("neurons", query.neurons, info.width(site, length)),
                query.window);
    }

    private static Site site(String hook, HookPoints points) {
        Site site = Site.ofShortName(hook).orElse(null);
        List<String> known = points.sites().stream()
                .filter(Site::perLayer)
                .map(Site::shortName)
                .toList();
        if (site == null || !known.contains(hook)) {
            String hint = hook.startsWith("blocks.") ? "; choose layers with the field layers" : "";
            throw new BadSelection(
                    "hook",
                    hook,
                    "must be the short name of a hook point in the layers of this model: " + String.join(", ", known)
                            + hint);
        }
        return site;
    }

    private static void refuse(
            Query query, Axis axis, String field, @Nullable List<Integer> given, Site site, boolean has) {
        if (!has && (given != null || query.over.contains(axis))) {
            throw new BadSelection(
                    given != null ? field : "over",
                    "does not apply to hook " + site.shortName() + ", whose axes are "
                            + String.join(", ", site.axes()));
        }
    }

    private static int[] layers(Query query, Site site, HookPoints points, int nLayers) {
        int[] having = IntStream.range(0, nLayers)
                .filter(layer -> points.has(new HookName(layer, site)))
                .toArray();
        if (query.layers != null) {
            int[] given = Selection.of("layers", query.layers, nLayers);
            for (int i = 0; i < given.length; i++) {
                if (!points.has(new HookName(given[i], site))) {
                    throw new BadSelection(
                            "layers[" + i + "]",
                            given[i],
                            "must be a layer that has " + site.shortName() + ": " + Arrays.toString(having));
                }
            }
            having = given;
        }
        if (!query.over.contains(Axis.LAYER) && having.length != 1) {
            throw new BadSelection(
                    "layers",
                    "must hold exactly 1 layer for a grid over " + query.over + ", of " + Arrays.toString(having));
        }
        return having;
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
