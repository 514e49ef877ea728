package dev.headlight.web.analysis;

import dev.headlight.interp.heads.HeadScores;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Figure of {@code /heads}. */
final class HeadsFigures {
    private static final int COLUMNS = 3;
    private static final String ATTENTION = "attention probability";

    private HeadsFigures() {}

    /** One panel per score, rows are layers and columns heads. Scores of one unit are side by side on one scale. */
    static Figure heads(HeadScores.Answer answer, @Nullable String other) {
        Map<String, List<Panel>> byUnit = new LinkedHashMap<>();
        answer.scores()
                .forEach((name, tensor) -> byUnit.computeIfAbsent(unit(name), unit -> new ArrayList<>())
                        .add(panel(name, tensor)));
        List<Figure.Part> parts = new ArrayList<>();
        byUnit.forEach((unit, panels) ->
                parts.add(new Figure.Part(panels, Math.min(COLUMNS, panels.size()), scale(unit, panels, other))));
        return new Figure(Figures.named(answer.model(), other) + ", heads", parts);
    }

    private static Panel panel(String name, Tensor tensor) {
        return new Panel(
                name.replace('_', ' '),
                tensor.toFloats(),
                Figures.numbered("layer", tensor.shape()[0]),
                Figures.numbered("head", tensor.shape()[1]));
    }

    private static String unit(String name) {
        return switch (name) {
            case "entropy" -> "entropy (nats)";
            case "copying" -> "copying";
            case "name_mover", "name_mover_logit" -> "logits";
            default -> ATTENTION;
        };
    }

    private static Scale scale(String unit, List<Panel> panels, @Nullable String other) {
        if (other != null) {
            return Scale.diverging(panels, "difference, " + unit);
        }
        return switch (unit) {
            case ATTENTION -> new Scale(Scale.Colors.VIRIDIS, 0, 1, unit);
            case "copying" -> new Scale(Scale.Colors.DIVERGING, -1, 1, unit);
            case "logits" -> Scale.diverging(panels, unit);
            default -> Scale.viridis(panels, unit);
        };
    }
}
