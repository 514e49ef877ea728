package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A picture that is drawn in strips is the picture that is drawn at once, pixel for pixel. */
class StripsTest {
    static Stream<Figure> figures() {
        return Stream.of(
                Figures.grid(5, 3, 12),
                Figures.of(List.of(Figures.random("one", 30, 30)), 1),
                Figures.of(List.of(Figures.random("wide", 3, 300)), 1),
                Figures.of(List.of(Figures.random("tall", 300, 2)), 1),
                Figures.grid(2, 2, 150),
                Figures.one(List.of(" 世界", "नमस्ते", "🌍"), List.of(" the", "x".repeat(60)), Figures.noise(6, 1)),
                Figures.of(List.of(Figures.written(4, 12, List.of(" a", "", "日本語", "🌍"))), 1));
    }

    @ParameterizedTest
    @MethodSource("figures")
    void figuresAreTheSameInStrips(Figure figure) throws IOException {
        FigureLayout layout = FigureLayout.of(figure);
        requireSame(layout.size(), canvas -> new Painter(canvas).paint(layout));
    }

    private static void requireSame(Dimension size, Consumer<Canvas> drawing) throws IOException {
        int[] whole = pixels(whole(size, drawing));
        for (int rows : new int[] {1, 7, 64, size.height}) {
            var file = new ByteArrayOutputStream();
            Png.draw(size, rows * size.width, drawing, file);
            BufferedImage read = ImageIO.read(new ByteArrayInputStream(file.toByteArray()));
            int[] striped = pixels(read);
            assertThat(striped).hasSameSizeAs(whole);
            assertThat(IntStream.range(0, whole.length)
                            .filter(i -> striped[i] != whole[i])
                            .count())
                    .as("pixels that differ in strips of %d rows", rows)
                    .isZero();
        }
    }

    /** As pictures were drawn before: all of it in one image. */
    private static BufferedImage whole(Dimension size, Consumer<Canvas> drawing) {
        var image = new BufferedImage(size.width, size.height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.addRenderingHints(Png.SMOOTH);
        drawing.accept(Canvas.bitmap(g, new Rectangle(size)));
        g.dispose();
        return image;
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }
}
