package dev.headlight.web.analysis;

import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.read.Activations;
import dev.headlight.interp.read.AttentionPatterns;
import dev.headlight.interp.read.TopNeurons;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The pictures of each analysis. */
final class Figures {
    private static final int COLUMNS = 4;
    private static final Set<String> OF_ONE_HEAD = Set.of("key", "d_head");

    private static final String DIFFERENCE = "difference of ";

    private Figures() {}

    /** The model, or two whose difference is drawn. */
    static String named(String model, @Nullable String other) {
        return other == null ? model : other + " minus " + model;
    }

    /** A panel a layer and head, queries down and keys across, on one scale. */
    static Figure attention(AttentionPatterns.Answer answer, AttentionPatterns.Query query, @Nullable String other) {
        AttentionPatterns.Result result = answer.results().get(0);
        String heads = (query.averageHeads() ? "mean of " : "") + several("head", result.heads());
        List<String> names = new ArrayList<>();
        for (int layer : result.layers()) {
            if (query.averageHeads()) {
                names.add("layer " + layer + ", " + heads);
            } else {
                result.heads().forEach(head -> names.add("layer " + layer + ", head " + head));
            }
        }
        Axis queries = new Axis("query", result.tokens());
        Axis keys = new Axis("key", result.tokens());
        List<Panel> panels = split(result.attention().toFloats(), names, queries, keys);
        String unit = switch (query.kind()) {
            case PATTERN -> "attention probability";
            case SCORES -> "attention score";
            case VALUE_WEIGHTED -> "attention · ‖v W_O‖";
        };
        Scale scale = other == null ? Scale.viridis(panels, unit) : Scale.diverging(panels, DIFFERENCE + unit);
        int perLayer = panels.size() / result.layers().size();
        String title = named(answer.model(), other) + ", "
                + switch (query.kind()) {
                    case PATTERN -> "attention pattern";
                    case SCORES -> "attention scores";
                    case VALUE_WEIGHTED -> "value-weighted attention";
                };
        String which = panels.size() > 1 ? ", " + several("layer", result.layers()) + ", " + heads : "";
        return figure(title + which, panels, perLayer > 1 && perLayer < panels.size() ? perLayer : COLUMNS, scale);
    }

    /** "head 3", "heads 0, 2" or "heads 0 to 7". */
    private static String several(String noun, List<Integer> numbers) {
        if (numbers.size() == 1) {
            return noun + " " + numbers.get(0);
        }
        int first = numbers.get(0);
        boolean range =
                numbers.size() > 2 && IntStream.range(0, numbers.size()).allMatch(i -> numbers.get(i) == first + i);
        if (range) {
            return noun + "s " + first + " to " + numbers.get(numbers.size() - 1);
        }
        return noun + "s " + numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /** A panel a hook point; one a head where the hook point has heads. */
    static Figure activations(Activations.Answer answer, @Nullable String other) {
        Activations.Result result = answer.results().get(0);
        Map<String, List<Panel>> bySite = new LinkedHashMap<>();
        result.activations()
                .forEach((hook, tensor) -> bySite.computeIfAbsent(site(hook), site -> new ArrayList<>())
                        .addAll(panels(hook, tensor, tensor.toFloats(), result.tokens(), result.positions())));
        return stacked(
                named(answer.model(), other) + ", activations",
                bySite,
                (site, panels) ->
                        other != null ? Scale.diverging(panels, DIFFERENCE + unit(site)) : scale(panels, unit(site)));
    }

    /** The chosen neurons down, the tokens across. */
    static Figure top(TopNeurons.Answer answer) {
        TopNeurons.Trace trace = answer.traces().get(0);
        Axis neurons = new Axis(
                "neuron", answer.neurons().stream().map(String::valueOf).toList());
        List<Panel> panels =
                List.of(new Panel(null, trace.values().toFloats(), neurons, new Axis("token", trace.tokens())));
        String where = answer.layer() == null ? "" : ", layer " + answer.layer();
        String title = answer.model() + where + ", " + answer.hook() + ": top neurons by "
                + answer.reduce().replace('_', ' ');
        return figure(title, panels, 1, scale(panels, "activation"));
    }

    /** Modified minus original of each captured hook point. */
    static Figure interventions(Interventions.Answer answer, @Nullable String other) {
        Interventions.Result result = answer.results().get(0);
        List<Integer> positions =
                IntStream.range(0, result.tokens().size()).boxed().toList();
        Map<String, List<Panel>> bySite = new LinkedHashMap<>();
        result.captured().forEach((hook, both) -> {
            float[] change = both.modified().toFloats();
            float[] original = both.original().toFloats();
            for (int i = 0; i < change.length; i++) {
                change[i] -= original[i]; // minus infinity on both sides becomes NaN: no value
            }
            bySite.computeIfAbsent(site(hook), site -> new ArrayList<>())
                    .addAll(panels(hook, both.original(), change, result.tokens(), positions));
        });
        return stacked(
                named(answer.model(), other) + ", change by the interventions",
                bySite,
                (site, panels) ->
                        Scale.diverging(panels, (other == null ? "" : DIFFERENCE) + "change of " + unit(site)));
    }

    private static List<Panel> panels(
            String hook, Tensor tensor, float[] values, List<String> tokens, List<Integer> positions) {
        List<String> chosen = positions.stream().map(tokens::get).toList();
        List<String> dims = tensor.dims();
        long[] shape = tensor.shape();
        if (dims.size() == 2) {
            return List.of(new Panel(hook, values, new Axis("position", chosen), numbered(dims.get(1), shape[1])));
        }
        if (dims.get(1).equals("query")) {
            return split(values, headNames(hook, shape[0]), new Axis("query", chosen), new Axis("key", tokens));
        }
        return split(
                headsFirst(values, shape),
                headNames(hook, shape[1]),
                new Axis("position", chosen),
                numbered(dims.get(2), shape[2]));
    }

    private static List<String> headNames(String hook, long heads) {
        return IntStream.range(0, (int) heads)
                .mapToObj(head -> hook + ", head " + head)
                .toList();
    }

    /** [position, head, element] to [head, position, element]. */
    private static float[] headsFirst(float[] values, long[] shape) {
        int heads = (int) shape[1];
        int width = (int) shape[2];
        float[] moved = new float[values.length];
        for (int row = 0; row < shape[0] * heads; row++) {
            int to = row % heads * (int) shape[0] + row / heads;
            System.arraycopy(values, row * width, moved, to * width, width);
        }
        return moved;
    }

    private static Axis numbered(String name, long size) {
        return new Axis(
                name, IntStream.range(0, (int) size).mapToObj(String::valueOf).toList());
    }

    /** Matrices that follow one another in memory, one a name. */
    private static List<Panel> split(float[] values, List<String> names, Axis rows, Axis columns) {
        int size = values.length / names.size();
        return IntStream.range(0, names.size())
                .mapToObj(i ->
                        new Panel(names.get(i), Arrays.copyOfRange(values, i * size, (i + 1) * size), rows, columns))
                .toList();
    }

    /** What the hook points of all layers have in common, and with it the range of their values. */
    private static String site(String hook) {
        return hook.replaceFirst("^blocks\\.\\d+\\.", "");
    }

    /** A part a site, each on its own scale: a probability would not show beside a residual stream. */
    private static Figure stacked(
            String title, Map<String, List<Panel>> bySite, BiFunction<String, List<Panel>, Scale> scale) {
        List<Figure.Part> parts = new ArrayList<>();
        bySite.forEach(
                (site, panels) -> parts.add(new Figure.Part(panels, columns(panels), scale.apply(site, panels))));
        if (parts.size() == 1) {
            Figure.Part only = parts.get(0);
            return figure(title, only.panels(), only.columns(), only.scale());
        }
        return new Figure(title, parts);
    }

    private static String unit(String site) {
        return switch (site) {
            case "attn.hook_pattern" -> "attention probability";
            case "attn.hook_attn_scores" -> "attention score";
            case "logits" -> "logit";
            default -> "activation";
        };
    }

    /** Heads side by side; wide matrices one below the other. */
    private static int columns(List<Panel> panels) {
        return OF_ONE_HEAD.contains(panels.get(0).columns().name()) ? COLUMNS : 1;
    }

    private static Scale scale(List<Panel> panels, String label) {
        for (Panel panel : panels) {
            for (float value : panel.values()) {
                if (value < 0 && Float.isFinite(value)) {
                    return Scale.diverging(panels, label);
                }
            }
        }
        return Scale.viridis(panels, label);
    }

    /** One panel's name joins the title. */
    private static Figure figure(String title, List<Panel> panels, int columns, Scale scale) {
        if (panels.size() > 1 || panels.get(0).title() == null) {
            return new Figure(title, panels, Math.min(columns, panels.size()), scale);
        }
        Panel only = panels.get(0);
        return new Figure(
                title + ", " + only.title(),
                List.of(new Panel(null, only.values(), only.rows(), only.columns())),
                1,
                scale);
    }
}
