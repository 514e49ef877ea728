package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PngFileTest {
    private static BufferedImage image(int width, int height, int colors) {
        Random random = new Random(1);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] rgb = IntStream.range(0, width * height)
                .map(i -> random.nextInt(colors) * 0x10305)
                .toArray();
        image.setRGB(0, 0, width, height, rgb, 0, width);
        return image;
    }

    private static byte[] file(BufferedImage image) throws IOException {
        var out = new ByteArrayOutputStream();
        try (PngFile file = new PngFile(image.getWidth(), image.getHeight(), out)) {
            int[] rgb = pixels(image);
            int half = image.getHeight() / 2 * image.getWidth();
            file.write(rgb, image.getHeight() / 2);
            file.write(Arrays.copyOfRange(rgb, half, rgb.length), image.getHeight() - image.getHeight() / 2);
            file.finish();
        }
        return out.toByteArray();
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @ParameterizedTest
    @CsvSource({"1,1,255", "1,300,255", "300,1,255", "257,131,255", "640,480,2"})
    void aFileHasThePixelsOfItsImage(int width, int height, int colors) throws IOException {
        BufferedImage image = image(width, height, colors);
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(file(image)));
        assertThat(read.getWidth()).isEqualTo(width);
        assertThat(pixels(read)).isEqualTo(pixels(image));
    }

    @Test
    void aHeatmapIsNoLargerThanImageIoWritesIt() throws IOException {
        byte[] png = Figures.png(Figures.grid(6, 3, 10));
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        assertThat(png.length).isLessThan(bytes.size());
    }
}
