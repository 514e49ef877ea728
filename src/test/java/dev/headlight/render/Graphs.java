package dev.headlight.render;

import dev.headlight.render.Graph.Edge;
import dev.headlight.render.Graph.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Small and large circuits to draw in tests. */
final class Graphs {
    /** What is hard to write down in XML or DOT, as ids and as labels. */
    static final List<String> NASTY = List.of(
            "\"",
            "\\",
            "a\\\"",
            "&lt;",
            "<b>&",
            "->",
            "a:b|c{d}",
            "日本語の長い言葉",
            "digraph",
            " two  spaces ",
            "\\N",
            "x".repeat(90));

    private Graphs() {}

    static Node node(String id, int level) {
        return new Node(id, id, level, "head");
    }

    static Graph of(List<Node> nodes, Edge... edges) {
        return new Graph("gpt2, circuit", nodes, List.of(edges), "effect on the logit");
    }

    /** Two nodes and one edge from the lower to the upper one. */
    static Graph pair(double weight) {
        return of(List.of(node("a", 0), node("b", 1)), new Edge("a", "b", weight));
    }

    static Graph nasty() {
        List<Node> nodes = IntStream.range(0, NASTY.size())
                .mapToObj(i -> new Node(NASTY.get(i), NASTY.get(i), i / 3, NASTY.get(i)))
                .toList();
        List<Edge> edges = new ArrayList<>();
        for (Node from : nodes) {
            nodes.stream()
                    .filter(to -> to.level() > from.level())
                    .forEach(to -> edges.add(new Edge(from.id(), to.id(), from.level() - 1)));
        }
        return new Graph("<\"title\"> &amp; \\N \\", nodes, edges, "<&amp;\"");
    }

    /** A source, rows of nodes and a sink, with edges between any levels. */
    static Graph random(int nodes, int edges, int levels) {
        Random random = new Random(1);
        List<Node> all = IntStream.range(0, nodes)
                .mapToObj(i -> node("n" + i, i == 0 ? 0 : i == nodes - 1 ? levels - 1 : 1 + i % (levels - 2)))
                .toList();
        List<Edge> drawn = new ArrayList<>();
        while (drawn.size() < edges) {
            Node from = all.get(random.nextInt(nodes));
            Node to = all.get(random.nextInt(nodes));
            if (from.level() < to.level()) {
                drawn.add(new Edge(from.id(), to.id(), random.nextGaussian()));
            }
        }
        return of(all, drawn.toArray(Edge[]::new));
    }
}
