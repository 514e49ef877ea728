package dev.headlight.model.store;

import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.model.hook.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Everything about one model.
 *
 * @param state {@code loaded}, {@code loading}, {@code available} (on first use) or {@code refused}
 * @param parameters values in its weight files; null where it is refused
 * @param weightBytes bytes that the weights take in memory, or would take; null where it is refused
 * @param hookPoints site by site; null where the model is not loaded
 */
public record ModelDetail(
        Models.Listed listed,
        String state,
        @Nullable Long parameters,
        @Nullable Long weightBytes,
        List<File> files,
        @Nullable List<Point> hookPoints) {

    /**
     * A file of the checkpoint.
     *
     * @param sha256 in hexadecimal; null until it has been computed
     */
    public record File(String name, long bytes, @Nullable String sha256) {}

    /**
     * A hook point of the model, or one in each layer.
     *
     * @param fullName in full; {@code *} stands for each of {@code layers}
     * @param layers that have it; null for a site that the model has once
     * @param shape for one input; null stands for the number of tokens
     */
    public record Point(
            String shortName,
            String fullName,
            @Nullable List<Integer> layers,
            List<String> dims,
            List<@Nullable Integer> shape) {}

    static List<Point> points(HookPoints points, ModelInfo info) {
        return points.sites().stream().map(site -> point(site, points, info)).toList();
    }

    private static Point point(Site site, HookPoints points, ModelInfo info) {
        List<@Nullable Integer> shape = new ArrayList<>();
        for (String axis : site.axes()) {
            shape.add(
                    switch (axis) {
                        case "position", "query", "key" -> null;
                        case "head", "kv_head" -> info.heads(site);
                        default -> info.width(site, 0);
                    });
        }
        if (!site.perLayer()) {
            return new Point(site.shortName(), site.hook(), null, site.axes(), shape);
        }
        List<Integer> layers = IntStream.range(0, info.nLayers())
                .filter(layer -> points.has(new HookName(layer, site)))
                .boxed()
                .toList();
        return new Point(site.shortName(), "blocks.*." + site.hook(), layers, site.axes(), shape);
    }
}
