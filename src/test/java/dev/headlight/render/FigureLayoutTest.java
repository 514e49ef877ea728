package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.render.SvgTexts.Placed;
import java.awt.Dimension;
import java.awt.Rectangle;
import java.awt.geom.Area;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FigureLayoutTest {
    static Stream<Figure> figures() {
        List<String> longWords = List.of("a", " counterrevolutionaries", "x".repeat(80), "日本語の長い言葉");
        Panel longLabels = Figures.panel("long", longWords, longWords, Figures.noise(16, 1));
        Panel other = Figures.panel("a panel's title of many words", List.of("a"), longWords, 1, 2, 3, 4);
        Figure.Part wide =
                Figures.of(List.of(Figures.random("wide", 15, 512)), 1).parts().get(0);
        return Stream.of(
                Figures.grid(1, 1, 1),
                Figures.grid(1, 1, 20),
                Figures.grid(1, 1, 64),
                Figures.grid(1, 1, 200),
                Figures.grid(32, 8, 20),
                Figures.grid(7, 3, 30),
                Figures.grid(3, 1, 5),
                Figures.of(List.of(Figures.random("flat", 10, 200)), 1),
                Figures.of(List.of(Figures.random("tall", 200, 3)), 1),
                Figures.of(List.of(longLabels, other, longLabels), 2),
                new Figure(
                        "wide above square",
                        List.of(wide, Figures.grid(8, 4, 15).parts().get(0), wide)),
                new Figure("title ".repeat(60), List.of(other), 1, Scale.diverging(List.of(other), "difference")),
                new Figure("t".repeat(120), List.of(other), 1, Scale.diverging(List.of(other), "word ".repeat(9))));
    }

    @ParameterizedTest
    @MethodSource("figures")
    void noTextTouchesAnotherOrAPanelOrTheEdge(Figure figure) throws Exception {
        List<Placed> texts = SvgTexts.of(figure).texts();
        FigureLayout layout = FigureLayout.of(figure);
        Rectangle picture = new Rectangle(layout.size());
        for (int i = 0; i < texts.size(); i++) {
            Placed text = texts.get(i);
            assertThat(picture.contains(text.room().getBounds2D()))
                    .as(text.text())
                    .isTrue();
            for (FigureLayout.Block block : layout.blocks()) {
                block.grid().panels().forEach(s -> assertApart(text, new Placed("cells", new Area(s.cells()))));
                assertApart(text, new Placed("bar", new Area(block.bar().bar())));
            }
            texts.subList(i + 1, texts.size()).forEach(other -> assertApart(text, other));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 13, 18, 40})
    void thinnedLabelsStandALineApart(int cell) {
        Axis axis = new Axis("key", Figures.words(100));
        TickLabels rows = TickLabels.upright(axis, cell);
        TickLabels columns = TickLabels.slanted(axis, cell);
        assertThat(rows.step() * (double) cell).isGreaterThanOrEqualTo(Fonts.height(FontSize.LABEL));
        assertThat(columns.step() * cell / Math.sqrt(2)).isGreaterThanOrEqualTo(Fonts.height(FontSize.LABEL));
        assertThat(columns.ticks().get(0).index()).isZero();
    }

    @Test
    void aTokenThatOnlyBeginsACharacterIsLabelledToo() {
        assertThat(TickLabels.upright(new Axis("key", List.of("", "日", "本")), 20)
                        .ticks())
                .extracting(TickLabels.Tick::text)
                .containsExactly("…", "日", "本");
    }

    @Test
    void everyTokenOfAParagraphIsLabelled() {
        PlacedPanel slot = FigureLayout.of(Figures.grid(1, 1, 64))
                .blocks()
                .get(0)
                .grid()
                .panels()
                .get(0);
        assertThat(slot.rows().step()).isEqualTo(1);
        assertThat(slot.columns().step()).isEqualTo(1);
    }

    @Test
    void allHeadsOfAModelStayNarrow() {
        assertThat(Heatmap.size(Figures.grid(144, 12, 20)).width).isLessThan(2000);
        assertThat(Heatmap.size(Figures.grid(144, 12, 150)).width).isLessThan(4000);
    }

    @Test
    void oneHeadOfEachLayerStaysReadable() {
        assertThat(CellSize.of(20, 20, 12, 1).width()).isGreaterThan(13); // a label per row
    }

    @Test
    void cellsAreSquareUnlessOneSideWouldBeUnreadable() {
        assertThat(CellSize.of(20, 20, 1, 1)).isEqualTo(new CellSize(24, 24));
        assertThat(CellSize.of(100, 200, 1, 1)).isEqualTo(new CellSize(6, 6));
        assertThat(CellSize.of(10, 200, 1, 1)).isEqualTo(new CellSize(6, 14));
        assertThat(CellSize.of(2048, 20, 1, 1)).isEqualTo(new CellSize(14, 1));
    }

    @Test
    void aLongerAxisNeverMakesASmallerMatrixLarger() {
        List<Integer> widths = IntStream.rangeClosed(1, 3000)
                .mapToObj(n -> CellSize.of(n, n, 1, 1).width())
                .toList();
        assertThat(widths).isSortedAccordingTo((a, b) -> b - a);
        assertThat(widths).startsWith(40).endsWith(1);
    }

    @Test
    void aWideMatrixLeavesTheCellsOfAnotherPartAlone() {
        Figure squares = Figures.grid(8, 4, 15);
        Figure.Part wide =
                Figures.of(List.of(Figures.random("wide", 15, 512)), 1).parts().get(0);
        Figure both = new Figure("both", List.of(wide, squares.parts().get(0)));
        CellSize alone =
                FigureLayout.of(squares).blocks().get(0).grid().panels().get(0).cell();
        assertThat(FigureLayout.of(both).blocks().get(1).grid().panels().get(0).cell())
                .isEqualTo(alone);
    }

    @Test
    void aLongTitleWidensANarrowPictureAndWraps() {
        Figure figure = Figures.grid(1, 1, 2);
        Figure titled = new Figure("many words ".repeat(20), figure.parts());
        Dimension plain = Heatmap.size(figure);
        Dimension wide = Heatmap.size(titled);
        assertThat(wide.width).isGreaterThan(plain.width).isLessThan(460);
        assertThat(wide.height).isGreaterThan(plain.height);
    }

    @Test
    void everyTextStaysWithinItsCell() throws Exception {
        List<String> tokens = List.of(" Paris", "日本語の長い言葉", "x".repeat(80), " a", "W".repeat(11), "\n");
        for (int positions : new int[] {1, 7, 40}) {
            Figure figure = Figures.of(List.of(Figures.written(4, positions, tokens)), 1);
            PlacedPanel slot =
                    FigureLayout.of(figure).blocks().get(0).grid().panels().get(0);
            List<Placed> inside = SvgTexts.of(figure).texts().stream()
                    .filter(t -> t.room().intersects(slot.cells()))
                    .toList();
            assertThat(inside).hasSize(4 * positions);
            for (int i = 0; i < inside.size(); i++) {
                int x = slot.cells().x + i % positions * slot.cell().width();
                int y = slot.cells().y + i / positions * slot.cell().height();
                Rectangle cell =
                        new Rectangle(x, y, slot.cell().width(), slot.cell().height());
                assertThat(cell.contains(inside.get(i).room().getBounds2D())).isTrue();
                assertThat(inside.get(i).text())
                        .isEqualTo(CellText.of(tokens.get(i % tokens.size())).shown());
            }
        }
    }

    @Test
    void aWideTextWidensAllCellsAndAVeryLongOneDoesNot() {
        assertThat(cell(" a").height()).isEqualTo(cell("x".repeat(99)).height());
        assertThat(cell(" a").width()).isLessThan(cell(" Mary").width());
        assertThat(cell("x".repeat(99)).width())
                .isBetween(80, 92)
                .isEqualTo(cell("x".repeat(500)).width());
    }

    private static CellSize cell(String text) {
        return CellSize.of(List.of(Figures.written(2, 3, List.of("a", text))), 1, 1);
    }

    private static void assertApart(Placed a, Placed b) {
        if (a.room().getBounds2D().intersects(b.room().getBounds2D())) {
            Area both = new Area(a.room());
            both.intersect(b.room());
            assertThat(both.isEmpty()).as("%s over %s", a.text(), b.text()).isTrue();
        }
    }
}
