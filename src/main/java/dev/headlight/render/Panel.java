package dev.headlight.render;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One heatmap.
 *
 * @param title above the heatmap; null for none
 * @param values {@code [rows * columns]}, row-major, row 0 at the top; not copied. NaN and infinities count as missing
 *     and are drawn in light grey
 * @param rows vertical axis
 * @param columns horizontal axis
 * @param texts raw texts of the cells, {@code [rows * columns]}, row-major; {@link Labels#visible} is applied when
 *     drawing; null for none
 */
public record Panel(
        @Nullable String title,
        float[] values,
        Axis rows,
        Axis columns,
        @Nullable List<String> texts) {
    /**
     * Copies the texts.
     *
     * @throws IllegalArgumentException if there are no cells, or the number of values or texts differs from that of the
     *     cells
     */
    public Panel {
        int cells = rows.labels().size() * columns.labels().size();
        if (cells == 0 || values.length != cells) {
            throw new IllegalArgumentException("A panel with %d values has %d x %d labels"
                    .formatted(
                            values.length,
                            rows.labels().size(),
                            columns.labels().size()));
        }
        if (texts != null) {
            texts = List.copyOf(texts);
            if (texts.size() != cells) {
                throw new IllegalArgumentException("A panel with %d cells has %d texts".formatted(cells, texts.size()));
            }
        }
    }

    /** A heatmap without cell texts. */
    public Panel(@Nullable String title, float[] values, Axis rows, Axis columns) {
        this(title, values, rows, columns, null);
    }

    int rowCount() {
        return rows.labels().size();
    }

    int columnCount() {
        return columns.labels().size();
    }

    float at(int row, int column) {
        return values[row * columnCount() + column];
    }
}
