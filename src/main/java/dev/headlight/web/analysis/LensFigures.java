package dev.headlight.web.analysis;

import dev.headlight.interp.lens.LogitLens;
import dev.headlight.interp.metric.Prediction;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The picture of a lens. */
final class LensFigures {
    private LensFigures() {}

    /**
     * The top token of every layer and position, coloured by its probability: the tokens across, the last layer on top. Of
     * two models, the first one's tokens, coloured by how much more the other's logit is.
     *
     * @see <a href="https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru">nostalgebraist, 2020</a>, who drew it so
     */
    static Figure lens(LogitLens.Answer answer, String title, @Nullable String other) {
        LogitLens.Result result = answer.results().get(0);
        List<LogitLens.Entry> lens = result.lens();
        List<Integer> layers =
                lens.stream().map(LogitLens.Entry::layer).distinct().toList();
        List<Integer> positions =
                lens.stream().map(LogitLens.Entry::position).distinct().toList();
        List<Integer> topDown = new ArrayList<>(layers);
        topDown.sort((a, b) -> b - a);
        float[] values = new float[lens.size()];
        List<String> texts = new ArrayList<>();
        for (int row = 0; row < topDown.size(); row++) {
            int layer = layers.indexOf(topDown.get(row));
            for (int column = 0; column < positions.size(); column++) {
                int index = layer * positions.size() + column;
                Prediction.Token top = lens.get(index).top().get(0);
                values[row * positions.size() + column] =
                        other == null ? probability(top) : change(Objects.requireNonNull(result.logits()), index, top);
                texts.add(top.token());
            }
        }
        List<Panel> panels = List.of(new Panel(
                null,
                values,
                new Axis("layer", topDown.stream().map(String::valueOf).toList()),
                new Axis("token", positions.stream().map(result.tokens()::get).toList()),
                texts));
        String model = Figures.named(answer.model(), other);
        Scale scale = other == null
                ? new Scale(Scale.Colors.VIRIDIS, 0, 1, "probability of the top token")
                : Scale.diverging(panels, "difference of the top logit");
        return new Figure(model + ", " + title, panels, 1, scale);
    }

    private static float probability(Prediction.Token top) {
        return top.probability() == null ? Float.NaN : top.probability().floatValue();
    }

    private static float change(Tensor difference, int index, Prediction.Token top) {
        long vocabulary = difference.shape()[2];
        return difference.at(index * vocabulary + top.tokenId());
    }
}
