package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HeatmapTest {
    private static final List<String> AB = List.of("a", "b");

    @Test
    void theSmallestAndTheLargestValueHaveTheEndsOfViridis() throws IOException {
        Figure figure = Figures.one(AB, AB, 1, 0, 0.5f, 0);
        assertThat(pixel(figure, 0, 0)).isEqualTo(0xfde725);
        assertThat(pixel(figure, 0, 1)).isEqualTo(0x440154);
        assertThat(pixel(figure, 1, 0))
                .isEqualTo(Colormap.rgb(figure.parts().get(0).scale(), 0.5));
    }

    @Test
    void whatIsNoNumberIsGrey() throws IOException {
        Figure figure = Figures.one(AB, AB, Float.NaN, 1, 0, Float.NEGATIVE_INFINITY);
        assertThat(pixel(figure, 0, 0)).isEqualTo(0xd9d9d9);
        assertThat(pixel(figure, 1, 1)).isEqualTo(0xd9d9d9);
        assertThat(pixel(figure, 0, 1)).isEqualTo(0xfde725);
    }

    @Test
    void aDivergingScaleIsWhiteAtZero() throws IOException {
        List<Panel> panels = List.of(Figures.panel(null, AB, AB, -2, 0, 1, 2));
        Figure figure = new Figure("", panels, 1, Scale.diverging(panels, "activation"));
        assertThat(pixel(figure, 0, 1)).isEqualTo(0xf7f7f7);
        assertThat(pixel(figure, 0, 0)).isEqualTo(0x053061);
        assertThat(pixel(figure, 1, 1)).isEqualTo(0x67001f);
    }

    @Test
    void anotherHeadIsAnotherPicture() {
        byte[] one = Figures.png(Figures.one(AB, AB, 1, 0, 0.5f, 0.5f));
        byte[] other = Figures.png(Figures.one(AB, AB, 1, 0, 0.4f, 0.6f));
        assertThat(one).isNotEqualTo(other);
    }

    @Test
    void theSameFigureIsTheSamePictureOnManyThreads() {
        Figure figure = Figures.grid(4, 2, 10);
        byte[] alone = Figures.png(figure);
        byte[] svg = Figures.svg(figure);
        assertThat(IntStream.range(0, 16).parallel().mapToObj(i -> Figures.png(figure)))
                .allMatch(bytes -> Arrays.equals(bytes, alone));
        assertThat(IntStream.range(0, 16).parallel().mapToObj(i -> Figures.svg(figure)))
                .allMatch(bytes -> Arrays.equals(bytes, svg));
    }

    static Stream<Figure> figures() {
        Panel constant = Figures.panel(null, AB, AB, 3, 3, 3, 3);
        Panel negative = Figures.panel("below 0", AB, AB, -3, -3, -3, -3);
        Panel empty = Figures.panel(null, AB, AB, Float.NaN, Float.NaN, Float.NaN, Float.NaN);
        return Stream.of(
                Figures.one(List.of("a"), List.of("b"), 1),
                Figures.of(List.of(constant), 1),
                Figures.of(List.of(negative), 1),
                Figures.of(List.of(empty), 1),
                new Figure("", List.of(empty), 1, Scale.diverging(List.of(empty), "")),
                new Figure("a fixed value", List.of(constant), 1, new Scale(Scale.Colors.VIRIDIS, 3, 3, "x")),
                Figures.one(List.of(""), List.of("", ""), 1, 2),
                Figures.grid(5, 3, 6),
                Figures.of(List.of(Figures.written(4, 40, List.of(" a", "", "日本語"))), 1),
                Figures.of(List.of(Figures.random("flat", 1, 700)), 1),
                Figures.of(List.of(Figures.random("tall", 300, 1)), 1));
    }

    @ParameterizedTest
    @MethodSource("figures")
    void everyFigureIsDrawnAtTheSizeToldBefore(Figure figure) throws IOException {
        BufferedImage image = image(figure);
        assertThat(new Dimension(image.getWidth(), image.getHeight())).isEqualTo(Heatmap.size(figure));
        assertThat(Figures.svg(figure)).isNotEmpty();
    }

    @Test
    void aMillionCellsAreDrawn() throws IOException {
        BufferedImage image = image(Figures.of(List.of(Figures.random("large", 1000, 1000)), 1));
        assertThat(image.getWidth()).isBetween(1000, 1600);
    }

    @Test
    void aTextIsWhiteOnDarkAndBlackOnLight() throws IOException {
        var axis = new Axis("x", AB);
        var panel = new Panel(null, new float[] {0, 1}, new Axis("y", List.of("c")), axis, List.of("■", "■"));
        Figure figure = Figures.of(List.of(panel), 1);
        assertThat(pixel(figure, 0, 0)).isEqualTo(0xffffff);
        assertThat(pixel(figure, 0, 1)).isZero();
    }

    private static int pixel(Figure figure, int row, int column) throws IOException {
        PlacedPanel slot =
                FigureLayout.of(figure).blocks().get(0).grid().panels().get(0);
        int x = slot.cells().x + column * slot.cell().width() + slot.cell().width() / 2;
        int y = slot.cells().y + row * slot.cell().height() + slot.cell().height() / 2;
        return image(figure).getRGB(x, y) & 0xffffff;
    }

    private static BufferedImage image(Figure figure) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(Figures.png(figure)));
    }
}
