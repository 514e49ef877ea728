package dev.headlight.render;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Small figures to draw in tests. */
final class Figures {
    static final List<String> WORDS =
            List.of("When", " Mary", " and", " John", " went", ",", " a", " store", ".", "\n");

    private Figures() {}

    static byte[] png(Drawing drawing) {
        return file(drawing::png);
    }

    static byte[] svg(Drawing drawing) {
        return file(drawing::svg);
    }

    private interface Writing {
        void to(OutputStream out) throws IOException;
    }

    private static byte[] file(Writing writing) {
        var out = new ByteArrayOutputStream();
        try {
            writing.to(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static Figure one(List<String> rows, List<String> columns, float... values) {
        return of(List.of(panel(null, rows, columns, values)), 1);
    }

    static Figure of(List<Panel> panels, int columns) {
        return new Figure("gpt2, layer 5, head 1", panels, columns, Scale.viridis(panels, "attention probability"));
    }

    /** So many panels of n x n random values. */
    static Figure grid(int panels, int columns, int n) {
        return of(
                IntStream.range(0, panels)
                        .mapToObj(i -> random("L%dH%d".formatted(i / columns, i % columns), n, n))
                        .toList(),
                columns);
    }

    static Panel random(String title, int rows, int columns) {
        return panel(title, words(rows), words(columns), noise(rows * columns, title.hashCode()));
    }

    static Panel panel(String title, List<String> rows, List<String> columns, float... values) {
        return new Panel(title, values, new Axis("query", rows), new Axis("key", columns));
    }

    /** A lens's grid: so many cells that hold these texts in turn, the last layer on top. */
    static Panel written(int layers, int positions, List<String> texts) {
        List<String> cells = IntStream.range(0, layers * positions)
                .mapToObj(i -> texts.get(i % texts.size()))
                .toList();
        Axis down = new Axis(
                "layer",
                IntStream.range(0, layers)
                        .mapToObj(i -> String.valueOf(layers - 1 - i))
                        .toList());
        return new Panel(null, noise(cells.size(), 1), down, new Axis("position", words(positions)), cells);
    }

    static List<String> words(int n) {
        return IntStream.range(0, n).mapToObj(i -> WORDS.get(i % WORDS.size())).toList();
    }

    static float[] noise(int n, int seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextFloat();
        }
        return values;
    }
}
