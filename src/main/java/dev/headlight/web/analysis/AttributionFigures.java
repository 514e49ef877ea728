package dev.headlight.web.analysis;

import dev.headlight.interp.attribution.Attribution;
import dev.headlight.interp.attribution.LogitComponents;
import dev.headlight.interp.metric.Metric;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import dev.headlight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Figure of {@code /attribution}. */
final class AttributionFigures {
    private AttributionFigures() {}

    /**
     * Contributions at the first chosen position, on one scale: of the heads, of the other parts of each layer, and of parts
     * that belong to no layer.
     */
    static Figure attribution(Attribution.Answer answer, Metric.Type metric, @Nullable String other) {
        Attribution.Result result = answer.results().get(0);
        LogitComponents components = result.components();
        int position = result.positions().get(0);
        int layers = (int) components.heads().shape()[0];
        Axis rows = Figures.numbered("layer", layers);
        Panel heads = new Panel(
                "heads",
                first(components.heads()),
                rows,
                Figures.numbered("head", components.heads().shape()[1]));
        Map<String, Tensor> perLayer = new LinkedHashMap<>();
        perLayer.put("MLP", components.mlps());
        putUnlessZero(perLayer, "attention bias", components.attentionBias());
        putUnlessZero(perLayer, "norm bias", components.normBias());
        List<Panel> others = List.of(
                panel("beside the heads", perLayer, rows, layers),
                panel("in no layer", inNoLayer(components), new Axis("", List.of("logit")), 1));
        List<Panel> all = List.of(heads, others.get(0), others.get(1));
        String unit = "logits";
        Scale scale = Scale.diverging(all, other == null ? unit : "difference of " + unit);
        String name = Figures.named(answer.model(), other);
        String title = name + ", direct attribution of the " + metric.toString().replace('_', ' ') + " at position "
                + position + ", '" + result.tokens().get(position) + "'";
        return new Figure(title, all, 1, scale);
    }

    private static Map<String, Tensor> inNoLayer(LogitComponents components) {
        Map<String, Tensor> columns = new LinkedHashMap<>();
        columns.put("token", components.tokenEmbedding());
        putUnlessZero(columns, "position", components.positionEmbedding());
        putUnlessZero(columns, "token type", components.tokenTypeEmbedding());
        putUnlessZero(columns, "embedding bias", components.embeddingBias());
        putUnlessZero(columns, "output bias", components.outputBias());
        components.interventions().forEach((hook, tensor) -> columns.put("added at " + hook, tensor));
        return columns;
    }

    /** One panel with a named column per tensor, {@code [row, position]} or {@code [position]}, at the first position. */
    private static Panel panel(String title, Map<String, Tensor> columns, Axis rows, int count) {
        float[] values = new float[count * columns.size()];
        int column = 0;
        for (Tensor tensor : columns.values()) {
            float[] rowValues = first(tensor);
            for (int row = 0; row < count; row++) {
                values[row * columns.size() + column] = rowValues[row];
            }
            column++;
        }
        return new Panel(title, values, rows, new Axis("", List.copyOf(columns.keySet())));
    }

    /** Adds a column, except for a bias that the model lacks. */
    private static void putUnlessZero(Map<String, Tensor> columns, String name, Tensor tensor) {
        for (float value : first(tensor)) {
            if (value != 0) {
                columns.put(name, tensor);
                return;
            }
        }
    }

    /** The values at the first position; position is the last axis. */
    private static float[] first(Tensor tensor) {
        float[] all = tensor.toFloats();
        int positions = (int) tensor.shape()[tensor.shape().length - 1];
        float[] values = new float[all.length / positions];
        for (int i = 0; i < values.length; i++) {
            values[i] = all[i * positions];
        }
        return values;
    }
}
