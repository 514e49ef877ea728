package dev.headlight.render;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One heatmap.
 *
 * @param title above the heatmap; null for none
 * @param values {@code [rows * columns]}, row-major, row 0 at the top. NaN and infinities count as missing and are drawn
 *     in light grey
 * @param rows vertical axis
 * @param columns horizontal axis
 * @param texts raw texts of the cells, {@code [rows * columns]}, row-major; {@link Labels#visible} is applied when
 *     drawing; null for none
 */
public record Panel(
        @Nullable String title,
        Cells values,
        Axis rows,
        Axis columns,
        @Nullable List<String> texts) {
    /**
     * Copies the texts.
     *
     * @throws IllegalArgumentException if there are no cells, or the number of texts differs from that of the cells
     */
    public Panel {
        int cells = rows.labels().size() * columns.labels().size();
        if (cells == 0) {
            throw new IllegalArgumentException("A panel has %d x %d labels"
                    .formatted(rows.labels().size(), columns.labels().size()));
        }
        if (texts != null) {
            texts = List.copyOf(texts);
            if (texts.size() != cells) {
                throw new IllegalArgumentException("A panel with %d cells has %d texts".formatted(cells, texts.size()));
            }
        }
    }

    /** A heatmap without cell texts. */
    public Panel(@Nullable String title, Cells values, Axis rows, Axis columns) {
        this(title, values, rows, columns, null);
    }

    /**
     * A heatmap of values on the heap, which are not copied.
     *
     * @throws IllegalArgumentException if there are no cells, or the number of values or texts differs from that of the
     *     cells
     */
    public Panel(@Nullable String title, float[] values, Axis rows, Axis columns, @Nullable List<String> texts) {
        this(title, i -> values[i], rows, columns, texts);
        if (values.length != cellCount()) {
            throw new IllegalArgumentException(
                    "A panel with %d values has %d x %d labels".formatted(values.length, rowCount(), columnCount()));
        }
    }

    /** A heatmap of values on the heap, without cell texts. */
    public Panel(@Nullable String title, float[] values, Axis rows, Axis columns) {
        this(title, values, rows, columns, null);
    }

    /** Number of cells. */
    public int cellCount() {
        return rowCount() * columnCount();
    }

    int rowCount() {
        return rows.labels().size();
    }

    int columnCount() {
        return columns.labels().size();
    }

    float at(int row, int column) {
        return values.at(row * columnCount() + column);
    }
}
