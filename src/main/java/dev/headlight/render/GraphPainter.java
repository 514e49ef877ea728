package dev.headlight.render;

import dev.headlight.render.Canvas.Anchor;
import java.awt.Rectangle;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Draws the layout of a graph. */
record GraphPainter(Canvas canvas) {
    private static final int WHITE = 0xffffff;
    private static final int LINE = 0x595959;
    private static final int ROUND = 10; // diameter of the box corners, in px

    /** Draws the whole picture. */
    void paint(GraphLayout layout) {
        canvas.fill(WHITE, 0, 0, layout.size().width, layout.size().height);
        double step = TextWrap.lineHeight(FontSize.TITLE);
        for (int i = 0; i < layout.title().size(); i++) {
            double y = GraphLayout.MARGIN + (i + 0.5) * step;
            canvas.text(layout.title().get(i), FontSize.TITLE, Anchor.CENTRE, layout.size().width / 2.0, y);
        }
        edges(layout);
        layout.graph().nodes().forEach(node -> node(node, layout));
        layout.legend().entries().forEach(entry -> explain(entry, layout));
    }

    // the strongest edges last, so that they are on top
    private void edges(GraphLayout layout) {
        Graph graph = layout.graph();
        Map<String, String> labels =
                graph.nodes().stream().collect(Collectors.toMap(Graph.Node::id, n -> Labels.visible(n.label())));
        IntStream.range(0, graph.edges().size())
                .boxed()
                .sorted(Comparator.comparingDouble(
                        i -> Math.abs(graph.edges().get(i).weight())))
                .forEach(i -> {
                    Graph.Edge edge = graph.edges().get(i);
                    String ends = labels.get(edge.from()) + " → " + labels.get(edge.to());
                    canvas.titled(
                            ends + ": " + GraphStyle.text(edge.weight()),
                            () -> canvas.line(
                                    GraphStyle.edge(edge.weight()),
                                    layout.style().width(edge.weight()),
                                    layout.curves().get(i)));
                });
    }

    private void node(Graph.Node node, GraphLayout layout) {
        Rectangle box = layout.box(node.id());
        var shape =
                new RoundRectangle2D.Double(box.x + 0.5, box.y + 0.5, box.width - 1.0, box.height - 1.0, ROUND, ROUND);
        canvas.titled(Labels.visible(node.label()), () -> {
            canvas.fill(layout.style().node(node.kind()), shape);
            canvas.line(LINE, 1, shape);
            canvas.text(GraphRow.label(node), FontSize.LABEL, Anchor.CENTRE, box.getCenterX(), box.getCenterY());
        });
    }

    private void explain(GraphLegend.Entry entry, GraphLayout layout) {
        int x = layout.legendAt().x + entry.left();
        double y = layout.legendAt().y + entry.middle();
        if (entry.thickness() > 0) {
            var sample = new Rectangle2D.Double(x, y - entry.thickness() / 2, GraphLegend.SAMPLE, entry.thickness());
            canvas.fill(entry.rgb(), sample);
        }
        canvas.text(entry.text(), FontSize.LABEL, Anchor.START, layout.legendAt().x + entry.textLeft(), y);
    }
}
