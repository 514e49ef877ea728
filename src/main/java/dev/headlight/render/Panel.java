package dev.headlight.render;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One heatmap.
 *
 * @param title drawn above it, or null for none
 * @param values row-major, {@code [rows * columns]}, row 0 on top; not copied. NaN and the infinities are no value and
 *     drawn in a neutral light grey
 * @param texts written in the cells, row-major, as they are: {@link Labels#visible} is applied when drawing; null for
 *     bare cells
 */
public record Panel(
        @Nullable String title,
        float[] values,
        Axis rows,
        Axis columns,
        @Nullable List<String> texts) {
    public Panel {
        int cells = rows.labels().size() * columns.labels().size();
        if (cells == 0 || values.length != cells) {
            throw new IllegalArgumentException("A panel of %d values has %d x %d labels"
                    .formatted(
                            values.length,
                            rows.labels().size(),
                            columns.labels().size()));
        }
        if (texts != null) {
            texts = List.copyOf(texts);
            if (texts.size() != cells) {
                throw new IllegalArgumentException("A panel of %d cells has %d texts".formatted(cells, texts.size()));
            }
        }
    }

    /** A heatmap of bare cells. */
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
