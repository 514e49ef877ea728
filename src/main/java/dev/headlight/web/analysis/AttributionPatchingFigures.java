package dev.headlight.web.analysis;

import dev.headlight.interp.patching.AttributionPatching;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Figure of {@code /attribution-patching}. */
final class AttributionPatchingFigures {
    private AttributionPatchingFigures() {}

    /** The grid of estimates as a heatmap; white is no change. */
    static Figure estimates(
            AttributionPatching.Answer answer, AttributionPatchingController.Request request, @Nullable String other) {
        String metric = request.metric().inWords();
        List<Axis> axes = answer.axes() == null
                ? List.of(new Axis("sender", names(answer.senders())), new Axis("receiver", names(answer.receivers())))
                : request.over().stream()
                        .map(axis -> PatchingFigures.axis(axis, answer.axes()))
                        .toList();
        List<Panel> panels = List.of(new Panel(null, answer.grid().toFloats(), axes.get(0), axes.get(1)));
        String label = (other == null ? "" : "difference of the ") + "estimated change of the " + metric;
        String name = Figures.named(answer.model(), other);
        String patched = request.hook() == null ? "edges" : request.hook();
        return new Figure(
                name + ", " + patched + (request.ablation() == null ? " patched" : " ablated: " + request.ablation()),
                panels,
                1,
                Scale.diverging(panels, label));
    }

    private static List<String> names(@Nullable List<String> names) {
        return names == null ? List.of() : names;
    }
}
