package dev.headlight.interp.patching;

import dev.headlight.interp.session.Selection;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.model.hook.Site;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Checks the hook point, axes and layers of a grid that a request asks for. */
final class GridCheck {
    private static final List<List<SweepGrid.Axis>> AXIS_PAIRS = List.of(
            List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION),
            List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.HEAD),
            List.of(SweepGrid.Axis.HEAD, SweepGrid.Axis.POSITION),
            List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.NEURON));

    private GridCheck() {}

    /**
     * The site of a grid.
     *
     * @throws BadSelection for an unknown site, for axes that it lacks, and for a window below 1
     */
    static Site site(SweepGrid.Query query, HookPoints points) {
        Site site = known(query.hook(), points);
        if (!AXIS_PAIRS.contains(query.over())) {
            throw new BadSelection(
                    "over",
                    query.over(),
                    "must be one of " + AXIS_PAIRS.stream().map(List::toString).collect(Collectors.joining(", ")));
        }
        refuse(query, SweepGrid.Axis.HEAD, "heads", query.heads(), site, site.hasHeads());
        refuse(query, SweepGrid.Axis.NEURON, "neurons", query.neurons(), site, !site.isAttention());
        if (query.window() < 1) {
            throw new BadSelection("window", query.window(), "must be at least 1 layer");
        }
        return site;
    }

    private static Site known(String hook, HookPoints points) {
        HookName name = HookName.parse(hook);
        if (name == null || !name.site().perLayer() || !points.sites().contains(name.site())) {
            String known = points.sites().stream()
                    .filter(Site::perLayer)
                    .map(s -> s.shortName() + " (blocks.L." + s.hook() + ")")
                    .collect(Collectors.joining(", "));
            throw new BadSelection("hook", hook, "must be a hook point in the layers of this model: " + known);
        }
        return name.site();
    }

    private static void refuse(
            SweepGrid.Query query,
            SweepGrid.Axis axis,
            String field,
            @Nullable List<Integer> given,
            Site site,
            boolean hasAxis) {
        if (!hasAxis && (given != null || query.over().contains(axis))) {
            throw new BadSelection(
                    given != null ? field : "over",
                    "does not apply to hook " + site.shortName() + ", whose axes are "
                            + String.join(", ", site.axes()));
        }
    }

    private static int[] chosen(SweepGrid.Query query, HookPoints points, int nLayers, int[] all) {
        HookName name = Objects.requireNonNull(HookName.parse(query.hook()));
        if (name.isOne()) {
            return new int[] {
                points.some("", query.hook(), null, query.layers()).get(0).layer()
            };
        }
        return query.layers() == null ? all : Selection.of("layers", query.layers(), nLayers);
    }

    /**
     * The layers of a grid.
     *
     * @throws BadSelection for a layer without the site, and for several if the layer is not an axis
     */
    static int[] layers(SweepGrid.Query query, Site site, HookPoints points, int nLayers) {
        int[] all = IntStream.range(0, nLayers)
                .filter(layer -> points.has(new HookName(layer, site)))
                .toArray();
        int[] chosen = chosen(query, points, nLayers, all);
        for (int i = 0; i < chosen.length; i++) {
            if (!points.has(new HookName(chosen[i], site))) {
                throw new BadSelection(
                        "layers[" + i + "]",
                        chosen[i],
                        "must be a layer that has " + site.shortName() + ": " + Arrays.toString(all));
            }
        }
        if (!query.over().contains(SweepGrid.Axis.LAYER) && chosen.length != 1) {
            throw new BadSelection(
                    "layers",
                    "must hold exactly 1 layer for a grid over " + query.over() + ", of " + Arrays.toString(chosen));
        }
        return chosen;
    }
}
