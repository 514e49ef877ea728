package dev.headlight.render;

import java.awt.Dimension;
import java.util.List;

/**
 * A picture to draw: one part or several, one below the other.
 *
 * @param title above the whole; empty for none
 */
public record Figure(String title, List<Part> parts) implements Drawing {
    /**
     * Labelled panels on one colour scale.
     *
     * @param panels row by row
     * @param columns how many panels stand side by side
     */
    public record Part(List<Panel> panels, int columns, Scale scale) {
        public Part {
            panels = List.copyOf(panels);
            if (panels.isEmpty() || columns < 1) {
                throw new IllegalArgumentException("%d panels in %d columns".formatted(panels.size(), columns));
            }
        }
    }

    public Figure {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("A figure of nothing");
        }
    }

    /** A figure of one part. */
    public Figure(String title, List<Panel> panels, int columns, Scale scale) {
        this(title, List.of(new Part(panels, columns, scale)));
    }

    @Override
    public Dimension size() {
        return Heatmap.size(this);
    }

    @Override
    public byte[] png() {
        return Heatmap.png(this);
    }

    @Override
    public byte[] svg() {
        return Heatmap.svg(this);
    }
}
