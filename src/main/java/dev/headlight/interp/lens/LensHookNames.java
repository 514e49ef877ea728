package dev.headlight.interp.lens;

import dev.headlight.interp.session.Selection;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.model.hook.Site;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The hook points that a lens reads: one site of width d_model, in some layers. */
public final class LensHookNames {
    private LensHookNames() {}

    /**
     * Reads the fields {@code hook} and {@code layers}.
     *
     * @param hook a short name, or a full name with a layer or {@code *}
     * @param layers null for every layer that has the site
     * @throws BadSelection if the site is not of width d_model in a layer, or the model lacks a layer
     */
    public static List<HookName> of(HookPoints points, int nLayers, String hook, @Nullable List<Integer> layers) {
        HookName name = HookName.parse(hook);
        if (name == null || !isStream(name.site()) || !points.sites().contains(name.site())) {
            String allowed = points.sites().stream()
                    .filter(LensHookNames::isStream)
                    .map(Site::shortName)
                    .collect(Collectors.joining(", "));
            throw new BadSelection(
                    "hook",
                    hook,
                    "cannot be unembedded: must be one of " + allowed + ", of width d_model in each layer");
        }
        Site site = name.site();
        if (name.isOne()) {
            if (layers != null) {
                throw new BadSelection("layers", "must be left out where hook names its layer, as " + hook + " does");
            }
            return List.of(points.one("", hook, null));
        }
        if (layers == null) {
            return IntStream.range(0, nLayers)
                    .mapToObj(layer -> new HookName(layer, site))
                    .filter(points::has)
                    .toList();
        }
        return Arrays.stream(Selection.of("layers", layers, nLayers))
                .mapToObj(layer -> points.one("", site.shortName(), layer))
                .toList();
    }

    private static boolean isStream(Site site) {
        return site.perLayer() && site.axes().equals(List.of("position", "d_model"));
    }
}
