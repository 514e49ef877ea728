package dev.headlight.web.analysis;

import dev.headlight.interp.lens.LogitLens;
import dev.headlight.interp.metric.Prediction;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Figure of {@code /lens}. */
final class LensFigures {
    private LensFigures() {}

    /**
     * The top token of every layer and position, coloured by its probability. Columns are tokens; the last layer is on top. If
     * two models are compared: the top tokens of the first, coloured by the difference of their logits.
     *
     * @see <a href="https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru">nostalgebraist, 2020</a>, for this layout
     */
    static Figure lens(LogitLens.Answer answer, String title, @Nullable String other) {
        List<Panel> panels = List.of(panel(answer.results().get(0), other != null));
        Scale scale = other == null
                ? new Scale(Scale.Colors.VIRIDIS, 0, 1, "probability of the top token")
                : Scale.diverging(panels, "difference of the top logit");
        return new Figure(Figures.named(answer.model(), other) + ", " + title, panels, 1, scale);
    }

    private static Panel panel(LogitLens.Result result, boolean difference) {
        List<LogitLens.Entry> entries = result.lens(); // position varies fastest
        List<Integer> layers =
                entries.stream().map(LogitLens.Entry::layer).distinct().toList();
        List<Integer> positions =
                entries.stream().map(LogitLens.Entry::position).distinct().toList();
        List<Integer> topDown =
                layers.stream().sorted(Comparator.reverseOrder()).toList();
        float[] values = new float[entries.size()];
        List<String> texts = new ArrayList<>();
        for (int layer : topDown) {
            for (int column = 0; column < positions.size(); column++) {
                int index = layers.indexOf(layer) * positions.size() + column;
                Prediction.Token top = entries.get(index).top().get(0);
                values[texts.size()] = difference ? change(result, index, top) : probability(top);
                texts.add(top.token());
            }
        }
        Axis rows = new Axis("layer", topDown.stream().map(String::valueOf).toList());
        Axis columns =
                new Axis("token", positions.stream().map(result.tokens()::get).toList());
        return new Panel(null, values, rows, columns, texts);
    }

    private static float probability(Prediction.Token top) {
        return top.probability() == null ? Float.NaN : top.probability().floatValue();
    }

    /** @param index index of the entry, which is also the row of the logits {@code [layer, position, vocab]} */
    private static float change(LogitLens.Result result, int index, Prediction.Token top) {
        Tensor difference = Objects.requireNonNull(result.logits());
        long vocabulary = difference.shape()[2];
        return difference.at(index * vocabulary + top.tokenId());
    }
}
