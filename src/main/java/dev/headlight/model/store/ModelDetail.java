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
 * The full description of one model.
 *
 * @param state {@code loaded}, {@code loading}, {@code available} (on first use) or {@code refused}
 * @param parameters number of values in its weight files; null if it is refused
 * @param weightBytes memory of the weights in bytes, whether it is loaded or not; null if it is refused
 * @param hookPoints one entry per site; null if the model is not loaded
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
     * A site of the model: one hook point, or one in each of several layers.
     *
     * @param fullName the full name; {@code *} stands for each of {@code layers}
     * @param layers the layers that have it; null for a site outside the layers
     * @param dims names of the axes, for one input
     * @param shape sizes of the axes; null stands for the number of tokens
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
