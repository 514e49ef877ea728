package dev.headlight.web.analysis;

import dev.headlight.interp.intervene.Interventions;
import dev.headlight.render.Figure;
import dev.headlight.render.Scale;
import dev.headlight.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Figure of {@code /interventions}. */
final class InterventionsFigures {
    private InterventionsFigures() {}

    /** The modified minus the original value of each captured hook point. */
    static Figure interventions(Interventions.Answer answer, @Nullable String other) {
        Interventions.Result result = answer.results().get(0);
        List<Integer> positions =
                IntStream.range(0, result.tokens().size()).boxed().toList();
        HookPanels panels = new HookPanels(result.tokens(), positions);
        result.captured().forEach((hook, both) -> {
            Tensor.Values modified = both.modified().values();
            Tensor.Values original = both.original().values();
            // minus infinity in both becomes NaN, which is drawn as no value
            panels.add(hook, both.original(), i -> modified.at(i) - original.at(i));
        });
        String label = (other == null ? "" : Figures.DIFFERENCE) + "change of ";
        return panels.figure(
                Figures.named(answer.model(), other) + ", change by the interventions",
                (unit, ofSite) -> Scale.diverging(ofSite, label + unit));
    }
}
