package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DownsamplingTest {
    private static final long ANY = Long.MAX_VALUE;

    private static Figure figure(Scale.Colors colors, int rows, int columns, float... values) {
        List<Panel> panels = List.of(Figures.panel(null, numbers(rows), numbers(columns), values));
        Scale scale =
                colors == Scale.Colors.VIRIDIS ? Scale.viridis(panels, "p") : Scale.diverging(panels, "difference");
        return new Figure("a title", panels, 1, scale);
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(String::valueOf).toList();
    }

    private static List<Float> values(Figure figure) {
        Panel panel = figure.parts().get(0).panels().get(0);
        return IntStream.range(0, panel.cellCount())
                .mapToObj(i -> panel.values().at(i))
                .toList();
    }

    @Test
    void aPictureThatFitsStays() {
        Figure figure = Figures.grid(4, 2, 50);
        assertThat(figure.within(figure.pixels(), figure.heapBytes())).isSameAs(figure);
    }

    @Test
    void aCellIsTheLargestOfItsBlockAndSaysSo() {
        Figure figure = figure(Scale.Colors.VIRIDIS, 3, 4, 1, 2, 3, 4, 9, 0, Float.NaN, 5, 7, 0, 0, 0);
        Figure coarse = Downsampling.coarser(figure, 2, 4);
        assertThat(values(coarse)).containsExactly(9f, 5f, 7f, 0f);
        assertThat(coarse.title()).isEqualTo("a title, down-sampled: each cell is the largest of up to 2 × 2 values");
        assertThat(coarse.parts().get(0).panels().get(0).columns().labels()).containsExactly("0", "2");
        assertThat(coarse.parts().get(0).scale())
                .isEqualTo(figure.parts().get(0).scale());
    }

    @Test
    void onADivergingScaleTheMagnitudeCountsAndTheSignStays() {
        Figure figure = figure(Scale.Colors.DIVERGING, 2, 2, 1, -3, 2, Float.NEGATIVE_INFINITY);
        Figure coarse = Downsampling.coarser(figure, 2, 2);
        assertThat(values(coarse)).containsExactly(-3f);
        assertThat(coarse.title()).contains("the largest in magnitude of up to 2 × 2 values");
    }

    @Test
    void aBlockWithoutAValueHasNone() {
        Figure figure = figure(Scale.Colors.VIRIDIS, 2, 2, Float.NaN, Float.NaN, Float.NaN, Float.NEGATIVE_INFINITY);
        assertThat(values(Downsampling.coarser(figure, 2, 2))).containsExactly(Float.NaN);
    }

    /** The few layers of a wide matrix are not joined. */
    @Test
    void onlyLongAxesBecomeCoarser() {
        Figure figure = Figures.of(List.of(Figures.random("flat", 12, 3000)), 1);
        Figure coarse = Downsampling.within(figure, figure.pixels() / 3, ANY);
        Panel panel = coarse.parts().get(0).panels().get(0);
        assertThat(panel.rowCount()).isEqualTo(12);
        assertThat(panel.columnCount()).isLessThan(1001);
        assertThat(coarse.pixels()).isLessThanOrEqualTo(figure.pixels() / 3);
    }

    @Test
    void everyHeadOfALongInputFitsIntoTheLimits() {
        Axis axis = new Axis("token", Figures.words(1024));
        List<Panel> heads = IntStream.range(0, 144)
                .mapToObj(i -> new Panel("head " + i, cell -> cell % 1025 == 0 ? 1 : 0, axis, axis))
                .toList();
        Figure figure = new Figure("every head", heads, 12, new Scale(Scale.Colors.VIRIDIS, 0, 1, "p"));
        assertThat(figure.pixels()).isGreaterThan(64_000_000);
        Figure coarse = Downsampling.within(figure, 64_000_000, ANY);
        assertThat(coarse.pixels()).isBetween(20_000_000L, 64_000_000L);
        Panel head = coarse.parts().get(0).panels().get(77);
        for (int i = 0; i < head.rowCount(); i++) {
            assertThat(head.at(i, i)).isEqualTo(1); // a mean would be half of it
        }
        assertThat(Downsampling.within(figure, ANY, 100 << 20).heapBytes()).isLessThan(100 << 20);
    }
}
