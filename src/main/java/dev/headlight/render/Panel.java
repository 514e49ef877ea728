package dev.headlight.render;

import org.jspecify.annotations.Nullable;

/**
 * One heatmap.
 *
 * @param title drawn above it, or null for none
 * @param values row-major, {@code [rows * columns]}, row 0 on top; not copied. NaN and the infinities are no value and
 *     drawn in a neutral light grey
 */
public record Panel(@Nullable String title, float[] values, Axis rows, Axis columns) {
    public Panel {
        int cells = rows.labels().size() * columns.labels().size();
        if (cells == 0 || values.length != cells) {
            throw new IllegalArgumentException("A panel of %d values has %d x %d labels"
                    .formatted(
                            values.length,
                            rows.labels().size(),
                            columns.labels().size()));
        }
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
