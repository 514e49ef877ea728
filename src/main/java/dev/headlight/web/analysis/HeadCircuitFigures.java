package dev.headlight.web.analysis;

import dev.headlight.interp.heads.HeadCircuit;
import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Figure of {@code /heads/circuits}. */
final class HeadCircuitFigures {
    private HeadCircuitFigures() {}

    /** The circuit among the tokens of the input: rows are source or query tokens, columns output or key tokens. */
    static Figure circuit(HeadCircuit.Answer answer, @Nullable String other) {
        HeadCircuit.Result result = answer.results().get(0);
        List<String> axes = result.circuit().dims();
        Axis rows = new Axis(axes.get(0), result.tokens());
        Axis columns = new Axis(axes.get(1), result.tokens());
        List<Panel> panels = List.of(new Panel(null, result.circuit().values()::at, rows, columns));
        String unit = answer.circuit().equals("ov") ? "logits, norm scale 1" : "attention score";
        Scale scale = Scale.diverging(panels, other == null ? unit : Figures.DIFFERENCE + unit);
        String title = Figures.named(answer.model(), other) + ", "
                + answer.circuit().toUpperCase(Locale.ROOT) + " circuit, layer " + answer.layer() + ", head "
                + answer.head();
        return new Figure(title, panels, 1, scale);
    }
}
