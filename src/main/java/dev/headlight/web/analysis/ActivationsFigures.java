package dev.headlight.web.analysis;

import dev.headlight.interp.read.Activations;
import dev.headlight.interp.read.TopNeurons;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Figures of {@code /activations} and {@code /activations/top}. */
final class ActivationsFigures {
    private ActivationsFigures() {}

    /** One panel per hook point, or one per head if the hook point has heads. */
    static Figure activations(Activations.Answer answer, @Nullable String other) {
        Activations.Result result = answer.results().get(0);
        HookPanels panels = new HookPanels(result.tokens(), result.positions());
        result.activations().forEach((hook, tensor) -> panels.add(hook, tensor, tensor.values()::at));
        return panels.figure(
                Figures.named(answer.model(), other) + ", activations",
                (unit, ofSite) -> other != null
                        ? Scale.diverging(ofSite, Figures.DIFFERENCE + unit)
                        : Figures.scale(ofSite, unit));
    }

    /** One panel: rows are the chosen neurons, columns the tokens. */
    static Figure top(TopNeurons.Answer answer) {
        TopNeurons.Trace trace = answer.traces().get(0);
        Axis neurons = new Axis(
                "neuron", answer.neurons().stream().map(String::valueOf).toList());
        List<Panel> panels =
                List.of(new Panel(null, trace.values().toFloats(), neurons, new Axis("token", trace.tokens())));
        String layer = answer.layer() == null ? "" : ", layer " + answer.layer();
        String title = answer.model() + layer + ", " + answer.hook() + ": top neurons by "
                + answer.reduce().replace('_', ' ');
        return Figures.figure(title, panels, 1, Figures.scale(panels, "activation"));
    }
}
