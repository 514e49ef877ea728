package dev.headlight.render;

import java.awt.Dimension;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * A picture of heatmaps: one or more parts, stacked from top to bottom.
 *
 * @param title at the top; empty for none
 * @param parts at least one
 */
public record Figure(String title, List<Part> parts) implements Drawing {
    /**
     * A grid of panels that share one colour scale.
     *
     * @param panels at least one, row by row
     * @param columns number of panels side by side
     * @param scale colours and range of all panels
     */
    public record Part(List<Panel> panels, int columns, Scale scale) {
        /**
         * Copies the panels.
         *
         * @throws IllegalArgumentException if there are no panels or no columns
         */
        public Part {
            panels = List.copyOf(panels);
            if (panels.isEmpty() || columns < 1) {
                throw new IllegalArgumentException("%d panels in %d columns".formatted(panels.size(), columns));
            }
        }
    }

    /**
     * Copies the parts.
     *
     * @throws IllegalArgumentException if there are no parts
     */
    public Figure {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("A figure without parts");
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
    public long heapBytes() {
        return Heatmap.heapBytes(this);
    }

    @Override
    public Drawing within(long pixels, long bytes) {
        return Downsampling.within(this, pixels, bytes);
    }

    @Override
    public void png(OutputStream out) throws IOException {
        Heatmap.png(this, out);
    }

    @Override
    public void svg(OutputStream out) throws IOException {
        Heatmap.svg(this, out);
    }
}
