package dev.headlight.web.analysis;

import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** Panels with values of hook points: one panel per hook point, or one per head if it has heads. */
final class HookPanels {
    private static final Set<String> AXES_OF_ONE_HEAD = Set.of("key", "d_head");

    private final List<String> tokens;
    private final List<String> chosenTokens;
    private final Map<String, List<Panel>> bySite = new LinkedHashMap<>();

    /** @param positions positions of the values, as indices of {@code tokens} */
    HookPanels(List<String> tokens, List<Integer> positions) {
        this.tokens = tokens;
        this.chosenTokens = positions.stream().map(tokens::get).toList();
    }

    /**
     * Adds the values of one hook point.
     *
     * @param tensor has the axes of the values
     * @param values values to draw, by their index in the tensor
     */
    void add(String hook, Tensor tensor, Figures.Values values) {
        bySite.computeIfAbsent(site(hook), site -> new ArrayList<>()).addAll(panels(hook, tensor, values));
    }

    /**
     * The figure of all panels. Each site is a part on its own scale, because a probability would be invisible on the scale of
     * a residual stream.
     *
     * @param scale makes the scale of a site's panels from the site's unit
     */
    Figure figure(String title, BiFunction<String, List<Panel>, Scale> scale) {
        List<Figure.Part> parts = new ArrayList<>();
        bySite.forEach(
                (site, panels) -> parts.add(new Figure.Part(panels, columns(panels), scale.apply(unit(site), panels))));
        if (parts.size() == 1) {
            Figure.Part only = parts.get(0);
            return Figures.figure(title, only.panels(), only.columns(), only.scale());
        }
        return new Figure(title, parts);
    }

    private List<Panel> panels(String hook, Tensor tensor, Figures.Values values) {
        List<String> dims = tensor.dims();
        long[] shape = tensor.shape();
        if (dims.size() == 2) {
            Axis positions = new Axis("position", chosenTokens);
            return List.of(new Panel(hook, values::at, positions, Figures.numbered(dims.get(1), shape[1])));
        }
        if (dims.get(1).equals("query")) {
            Axis queries = new Axis("query", chosenTokens);
            return Figures.split(values, headNames(hook, shape[0]), queries, new Axis("key", tokens));
        }
        return Figures.split(
                headsFirst(values, shape),
                headNames(hook, shape[1]),
                new Axis("position", chosenTokens),
                Figures.numbered(dims.get(2), shape[2]));
    }

    private static List<String> headNames(String hook, long heads) {
        return IntStream.range(0, (int) heads)
                .mapToObj(head -> hook + ", head " + head)
                .toList();
    }

    /** Reorders {@code [position, head, element]} to {@code [head, position, element]}. */
    private static Figures.Values headsFirst(Figures.Values values, long[] shape) {
        long ofHead = shape[0] * shape[2];
        return i -> {
            long head = i / ofHead;
            long position = i % ofHead / shape[2];
            return values.at((position * shape[1] + head) * shape[2] + i % shape[2]);
        };
    }

    /** The hook point's name without its layer: values of one site have a similar range in every layer. */
    private static String site(String hook) {
        return hook.replaceFirst("^blocks\\.\\d+\\.", "");
    }

    private static String unit(String site) {
        return switch (site) {
            case "attn.hook_pattern" -> "attention probability";
            case "attn.hook_attn_scores" -> "attention score";
            case "logits" -> "logit";
            default -> "activation";
        };
    }

    /** Heads are side by side; wide matrices are one below the other. */
    private static int columns(List<Panel> panels) {
        return AXES_OF_ONE_HEAD.contains(panels.get(0).columns().name()) ? Figures.COLUMNS : 1;
    }
}
