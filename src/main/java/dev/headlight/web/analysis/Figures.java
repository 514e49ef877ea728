package dev.headlight.web.analysis;

import dev.headlight.render.Axis;
import dev.headlight.render.Figure;
import dev.headlight.render.Panel;
import dev.headlight.render.Scale;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What the figures of several endpoints share. */
final class Figures {
    /** Number of heads side by side. */
    static final int COLUMNS = 4;

    /** Start of a scale's label if the difference of two models is drawn. */
    static final String DIFFERENCE = "difference of ";

    private Figures() {}

    /** The model's id, or both ids if the difference of two models is drawn. */
    static String named(String model, @Nullable String other) {
        return other == null ? model : other + " minus " + model;
    }

    /** An axis labelled 0, 1, 2 and so on. */
    static Axis numbered(String name, long size) {
        return new Axis(
                name, IntStream.range(0, (int) size).mapToObj(String::valueOf).toList());
    }

    /** A value of a tensor, or of a change of one, by its row-major index. */
    @FunctionalInterface
    interface Values {
        float at(long index);
    }

    /** One panel per name, from matrices that follow one another in {@code values}. */
    static List<Panel> split(Values values, List<String> names, Axis rows, Axis columns) {
        long size = (long) rows.labels().size() * columns.labels().size();
        return IntStream.range(0, names.size())
                .mapToObj(i -> new Panel(names.get(i), cell -> values.at(i * size + cell), rows, columns))
                .toList();
    }

    /** A figure of panels on one scale. The name of a single panel joins the title. */
    static Figure figure(String title, List<Panel> panels, int columns, Scale scale) {
        if (panels.size() > 1 || panels.get(0).title() == null) {
            return new Figure(title, panels, Math.min(columns, panels.size()), scale);
        }
        Panel only = panels.get(0);
        return new Figure(
                title + ", " + only.title(),
                List.of(new Panel(null, only.values(), only.rows(), only.columns())),
                1,
                scale);
    }

    /** A scale around 0 if a value is negative; otherwise one from the smallest to the largest value. */
    static Scale scale(List<Panel> panels, String label) {
        for (Panel panel : panels) {
            for (int i = 0; i < panel.cellCount(); i++) {
                float value = panel.values().at(i);
                if (value < 0 && Float.isFinite(value)) {
                    return Scale.diverging(panels, label);
                }
            }
        }
        return Scale.viridis(panels, label);
    }
}
