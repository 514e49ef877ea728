package dev.headlight.web.analysis;

import dev.headlight.interp.patching.Patching;
import dev.headlight.interp.patching.SweepGrid;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Figure of {@code /patching}. */
final class PatchingFigures {
    private PatchingFigures() {}

    /** The grid as a heatmap of the change against the base run; white is no change. */
    static Figure patching(Patching.Answer answer, SweepBody request, @Nullable String other) {
        String metric = request.metric().inWords();
        float[] grid = answer.grid().toFloats();
        if (other == null) {
            double unpatched = answer.unpatched(request.direction() == SweepQuery.Direction.NOISING);
            for (int i = 0; i < grid.length; i++) {
                grid[i] = (float) (grid[i] - unpatched);
            }
        }
        List<Axis> axes =
                request.over().stream().map(axis -> axis(axis, answer.axes())).toList();
        List<Panel> panels = List.of(new Panel(null, grid, axes.get(0), axes.get(1)));
        String label = other == null ? "Δ " + metric : "difference of the " + metric;
        String name = Figures.named(answer.model(), other);
        String title = name + ", " + request.hook() + " "
                + (request.ablation() == null ? "patched" : "ablated: " + request.ablation())
                + (other == null ? ", against the unpatched run" : "");
        return new Figure(title, panels, 1, Scale.diverging(panels, label));
    }

    /** The labels of one axis: tokens for positions, numbers for all others. */
    static Axis axis(SweepGrid.Axis axis, Patching.Axes axes) {
        List<Integer> numbers = switch (axis) {
            case LAYER -> axes.layers();
            case POSITION -> axes.positions();
            case HEAD -> Objects.requireNonNull(axes.heads());
            case NEURON -> Objects.requireNonNull(axes.neurons());
            case SENDER, RECEIVER -> throw new IllegalStateException("edges are not axes of a hook point");
        };
        boolean tokens = axis == SweepGrid.Axis.POSITION;
        return new Axis(
                tokens ? "token" : axis.toString(),
                numbers.stream()
                        .map(i -> tokens ? axes.tokens().get(i) : String.valueOf(i))
                        .toList());
    }
}
