package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.render.Graph.Edge;
import dev.headlight.render.SvgTexts.Placed;
import java.awt.Rectangle;
import java.awt.geom.FlatteningPathIterator;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GraphLayoutTest {
    static Stream<Graph> graphs() {
        return Stream.of(
                Graphs.pair(1),
                Graphs.pair(0),
                Graphs.of(List.of(Graphs.node("alone", 4))),
                new Graph("", List.of(new Graph.Node("a", "", 0, "")), List.of(), ""),
                new Graph("t".repeat(120), List.of(Graphs.node("a", 0)), List.of(), "m".repeat(60)),
                Graphs.nasty(),
                Graphs.random(60, 200, 8),
                Graphs.random(150, 600, 26));
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void noBoxTouchesAnotherOrTheEdge(Graph graph) {
        GraphLayout layout = GraphLayout.of(graph);
        List<Rectangle> boxes = List.copyOf(layout.boxes().values());
        assertThat(boxes).hasSameSizeAs(graph.nodes());
        for (int i = 0; i < boxes.size(); i++) {
            assertThat(new Rectangle(layout.size()).contains(boxes.get(i))).isTrue();
            Rectangle apart = new Rectangle(boxes.get(i));
            apart.grow(5, 5);
            assertThat(boxes.subList(i + 1, boxes.size())).noneMatch(apart::intersects);
        }
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void anEdgeRunsFromTheTopOfItsSourceToTheBottomOfItsTargetAndBehindNoBox(Graph graph) {
        GraphLayout layout = GraphLayout.of(graph);
        for (int e = 0; e < graph.edges().size(); e++) {
            Edge edge = graph.edges().get(e);
            List<Point2D> points = points(layout.curves().get(e));
            Rectangle from = layout.boxes().get(edge.from());
            Rectangle to = layout.boxes().get(edge.to());
            assertThat(points.get(0).getY()).isEqualTo(from.y);
            assertThat(points.get(0).getX()).isStrictlyBetween((double) from.x, from.getMaxX());
            Point2D end = points.get(points.size() - 1);
            assertThat(end.getY()).isEqualTo(to.getMaxY());
            assertThat(end.getX()).isStrictlyBetween((double) to.x, to.getMaxX());
            assertThat(points).allMatch(new Rectangle(layout.size())::contains);
            for (Rectangle box : layout.boxes().values()) {
                Rectangle inner = new Rectangle(box.x, box.y + 1, box.width, box.height - 2);
                for (int i = 1; i < points.size(); i++) {
                    assertThat(inner.intersectsLine(
                                    points.get(i - 1).getX(),
                                    points.get(i - 1).getY(),
                                    points.get(i).getX(),
                                    points.get(i).getY()))
                            .isFalse();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void noTextTouchesAnotherOrTheEdge(Graph graph) throws Exception {
        List<Placed> texts = SvgTexts.of(graph).texts();
        Rectangle picture = new Rectangle(GraphPicture.size(graph));
        for (int i = 0; i < texts.size(); i++) {
            Placed text = texts.get(i);
            assertThat(picture.contains(text.room().getBounds2D()))
                    .as(text.text())
                    .isTrue();
            assertThat(texts.subList(i + 1, texts.size()))
                    .noneMatch(other -> other.room().intersects(text.room().getBounds2D()));
        }
    }

    @Test
    void higherLevelsAreHigher() {
        List<Graph.Node> nodes = List.of(Graphs.node("logits", 7), Graphs.node("embedding", 0), Graphs.node("head", 2));
        var boxes = GraphLayout.of(Graphs.of(nodes)).boxes();
        assertThat(boxes.get("logits").y).isLessThan(boxes.get("head").y);
        assertThat(boxes.get("head").y).isLessThan(boxes.get("embedding").y);
    }

    @Test
    void severalEdgesBetweenTwoNodesRunSideBySide() {
        List<Graph.Node> nodes = List.of(Graphs.node("a", 0), Graphs.node("b", 1), Graphs.node("c", 2));
        var layout = GraphLayout.of(Graphs.of(nodes, new Edge("a", "c", 1), new Edge("a", "c", 2)));
        double left = points(layout.curves().get(0)).get(0).getX();
        assertThat(points(layout.curves().get(1)).get(0).getX()).isGreaterThan(left + 5);
    }

    @Test
    void theLegendHasTheSignsThatOccur() {
        assertThat(legend(Graphs.pair(0.4)))
                .contains("effect on the logit", "0.4", "head")
                .doesNotContain("−0.4");
        assertThat(legend(Graphs.pair(-0.4))).contains("−0.4").doesNotContain("0.4");
        assertThat(legend(Graphs.of(List.of(Graphs.node("a", 0))))).containsExactly("head");
    }

    private static List<String> legend(Graph graph) {
        return GraphLayout.of(graph).legend().entries().stream()
                .map(GraphLegend.Entry::text)
                .toList();
    }

    private static List<Point2D> points(Path2D path) {
        List<Point2D> points = new ArrayList<>();
        double[] at = new double[6];
        for (var i = new FlatteningPathIterator(path.getPathIterator(null), 0.1); !i.isDone(); i.next()) {
            i.currentSegment(at);
            points.add(new Point2D.Double(at[0], at[1]));
        }
        return points;
    }
}
