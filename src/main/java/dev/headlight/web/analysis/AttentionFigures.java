package dev.headlight.web.analysis;

import dev.headlight.interp.read.AttentionPatterns;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Figure of {@code /attention}. */
final class AttentionFigures {
    private AttentionFigures() {}

    /** One panel per layer and head, rows are queries and columns keys, on one scale. */
    static Figure attention(AttentionPatterns.Answer answer, AttentionPatterns.Query query, @Nullable String other) {
        AttentionPatterns.Result result = answer.results().get(0);
        String heads = (query.averageHeads() ? "mean of " : "") + several("head", result.heads());
        Axis queries = new Axis("query", result.tokens());
        Axis keys = new Axis("key", result.tokens());
        List<Panel> panels = Figures.split(result.attention().values()::at, names(result, query, heads), queries, keys);
        String unit = unit(query.kind());
        Scale scale = other == null ? Scale.viridis(panels, unit) : Scale.diverging(panels, Figures.DIFFERENCE + unit);
        int perLayer = panels.size() / result.layers().size();
        String title = Figures.named(answer.model(), other) + ", " + title(query.kind());
        String chosen = panels.size() > 1 ? ", " + several("layer", result.layers()) + ", " + heads : "";
        int columns = perLayer > 1 && perLayer < panels.size() ? perLayer : Figures.COLUMNS;
        return Figures.figure(title + chosen, panels, columns, scale);
    }

    private static List<String> names(AttentionPatterns.Result result, AttentionPatterns.Query query, String heads) {
        List<String> names = new ArrayList<>();
        for (int layer : result.layers()) {
            if (query.averageHeads()) {
                names.add("layer " + layer + ", " + heads);
            } else {
                result.heads().forEach(head -> names.add("layer " + layer + ", head " + head));
            }
        }
        return names;
    }

    private static String unit(AttentionPatterns.Kind kind) {
        return switch (kind) {
            case PATTERN -> "attention probability";
            case SCORES -> "attention score";
            case VALUE_WEIGHTED -> "attention · ‖v W_O‖";
        };
    }

    private static String title(AttentionPatterns.Kind kind) {
        return switch (kind) {
            case PATTERN -> "attention pattern";
            case SCORES -> "attention scores";
            case VALUE_WEIGHTED -> "value-weighted attention";
        };
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
}
