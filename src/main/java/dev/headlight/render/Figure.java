package dev.headlight.render;

import java.util.List;

/**
 * A picture to draw: labelled panels on one colour scale.
 *
 * @param title above the whole; empty for none
 * @param panels row by row
 * @param columns how many panels stand side by side
 */
public record Figure(String title, List<Panel> panels, int columns, Scale scale) {
    public Figure {
        panels = List.copyOf(panels);
        if (panels.isEmpty() || columns < 1) {
            throw new IllegalArgumentException("A figure of %d panels in %d columns".formatted(panels.size(), columns));
        }
    }
}
