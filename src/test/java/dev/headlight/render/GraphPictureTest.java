package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.render.Graph.Edge;
import dev.headlight.render.Graph.Node;
import java.awt.Dimension;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.w3c.dom.NodeList;

class GraphPictureTest {
    private static final int RED = 0xb2182b; // matplotlib.colormaps["RdBu_r"](0.9) and, blue, of 0.1
    private static final int BLUE = 0x2166ac;

    @Test
    void anEdgeIsRedAboveZeroAndBlueBelow() throws IOException {
        assertThat(across(Graphs.pair(0.7))).contains(RED).doesNotContain(BLUE);
        assertThat(across(Graphs.pair(-0.7))).contains(BLUE).doesNotContain(RED);
        assertThat(across(Graphs.pair(0))).doesNotContain(BLUE, RED);
    }

    @Test
    void aStrongerEdgeIsWider() throws IOException {
        List<Node> nodes = List.of(Graphs.node("a", 0), Graphs.node("b", 1));
        Graph graph = Graphs.of(nodes, new Edge("a", "b", 1), new Edge("a", "b", -0.5));
        List<Integer> pixels = across(graph);
        assertThat(pixels.stream().filter(rgb -> rgb == RED).count()).isBetween(5L, 6L);
        assertThat(pixels.stream().filter(rgb -> rgb == BLUE).count()).isBetween(2L, 3L);
    }

    @Test
    void nodesOfOneKindHaveOneColour() throws IOException {
        List<Node> nodes = List.of(
                new Node("a", "", 0, "head"),
                new Node("b", "", 1, "mlp"),
                new Node("c", "", 2, "head"),
                new Node("d", "", 3, ""));
        Graph graph = Graphs.of(nodes);
        BufferedImage image = image(graph);
        List<Integer> colours = nodes.stream()
                .map(n -> GraphLayout.of(graph).boxes().get(n.id()))
                .map(box -> image.getRGB((int) box.getCenterX(), (int) box.getCenterY()) & 0xffffff)
                .toList();
        assertThat(colours.get(0)).isEqualTo(colours.get(2)).isNotEqualTo(colours.get(1));
        assertThat(colours.get(3)).isEqualTo(0xffffff);
    }

    @Test
    void everyGraphIsDrawnAtTheSizeToldBefore() throws IOException {
        for (Graph graph : List.of(Graphs.pair(1), Graphs.nasty(), Graphs.random(60, 200, 8))) {
            BufferedImage image = image(graph);
            assertThat(new Dimension(image.getWidth(), image.getHeight())).isEqualTo(GraphPicture.size(graph));
        }
    }

    @Test
    void theSameGraphIsTheSamePictureOnManyThreads() {
        Graph graph = Graphs.random(20, 50, 6);
        byte[] png = Figures.png(graph);
        byte[] svg = Figures.svg(graph);
        assertThat(IntStream.range(0, 8).parallel().mapToObj(i -> Figures.png(graph)))
                .allMatch(bytes -> Arrays.equals(bytes, png));
        assertThat(IntStream.range(0, 8).parallel().mapToObj(i -> Figures.svg(graph)))
                .allMatch(bytes -> Arrays.equals(bytes, svg));
    }

    @Test
    void anSvgTellsEachEdge() throws Exception {
        SvgTexts svg = SvgTexts.of(Graphs.pair(-0.25));
        assertThat(svg.words()).contains("gpt2, circuit", "a", "b", "effect on the logit", "head");
        assertThat(titles(svg)).containsExactly("gpt2, circuit", "a → b: -0.250", "a", "b");
    }

    @Test
    void noLabelBreaksTheXml() throws Exception {
        SvgTexts svg = SvgTexts.of(Graphs.nasty());
        assertThat(svg.words())
                .containsAll(Graphs.NASTY.stream()
                        .map(Labels::visible)
                        .map(Labels::shorten)
                        .toList());
        assertThat(titles(svg))
                .containsAll(Graphs.NASTY.stream().map(Labels::visible).toList());
    }

    private static List<String> titles(SvgTexts svg) {
        NodeList titles = svg.document().getElementsByTagName("title");
        return IntStream.range(0, titles.getLength())
                .mapToObj(i -> titles.item(i).getTextContent())
                .toList();
    }

    /** The colours halfway between the first two boxes, from left to right. */
    private static List<Integer> across(Graph graph) throws IOException {
        List<Rectangle> boxes = List.copyOf(GraphLayout.of(graph).boxes().values());
        int y = (int) (boxes.get(0).getCenterY() + boxes.get(1).getCenterY()) / 2;
        BufferedImage image = image(graph);
        return IntStream.range(0, image.getWidth())
                .mapToObj(x -> image.getRGB(x, y) & 0xffffff)
                .toList();
    }

    private static BufferedImage image(Graph graph) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(Figures.png(graph)));
    }
}
