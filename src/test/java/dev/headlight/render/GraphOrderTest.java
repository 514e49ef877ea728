package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.render.Graph.Edge;
import dev.headlight.render.Graph.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphOrderTest {
    @Test
    void rowsAreLevelsFromTheLowestOn() {
        List<Node> nodes = List.of(Graphs.node("top", 9), Graphs.node("low", -1), Graphs.node("mid", 3));
        assertThat(ids(Graphs.of(nodes))).containsExactly(List.of("low"), List.of("mid"), List.of("top"));
    }

    @Test
    void aReversedLadderIsUntangled() {
        List<Node> nodes = new ArrayList<>();
        List<Edge> edges = new ArrayList<>();
        for (int level = 0; level < 4; level++) {
            for (int i = 0; i < 5; i++) {
                int column = level % 2 == 0 ? i : 4 - i;
                nodes.add(Graphs.node(level + "." + column, level));
            }
        }
        for (int column = 0; column < 5; column++) {
            for (int level = 0; level < 3; level++) {
                edges.add(new Edge(level + "." + column, (level + 1) + "." + column, 1));
            }
        }
        Graph graph = Graphs.of(nodes, edges.toArray(Edge[]::new));
        assertThat(crossings(graph, given(graph))).isEqualTo(30); // 10 pairs between each two rows
        assertThat(crossings(graph, GraphOrder.of(graph))).isZero();
    }

    @Test
    void aRowWithNothingBelowFollowsTheOneAbove() {
        List<Node> nodes = List.of(
                Graphs.node("a", 0), Graphs.node("b", 0),
                Graphs.node("x", 1), Graphs.node("y", 1),
                Graphs.node("u", 2), Graphs.node("v", 2));
        Graph graph = Graphs.of(
                nodes, new Edge("a", "u", 1), new Edge("b", "v", 1), new Edge("y", "u", 1), new Edge("x", "v", 1));
        assertThat(ids(graph)).containsExactly(List.of("a", "b"), List.of("y", "x"), List.of("u", "v"));
    }

    @Test
    void fewerEdgesOfALargeCircuitCross() {
        Graph graph = Graphs.random(60, 120, 8);
        assertThat(crossings(graph, GraphOrder.of(graph))).isLessThan(crossings(graph, given(graph)) * 4 / 5);
    }

    private static List<List<Node>> given(Graph graph) {
        return graph.nodes().stream()
                .map(Node::level)
                .distinct()
                .sorted()
                .map(level ->
                        graph.nodes().stream().filter(n -> n.level() == level).toList())
                .toList();
    }

    private static List<List<String>> ids(Graph graph) {
        return GraphOrder.of(graph).stream()
                .map(row -> row.stream().map(Node::id).toList())
                .toList();
    }

    /** Pairs of edges between the same two rows whose ends are in opposite order. */
    private static long crossings(Graph graph, List<List<Node>> rows) {
        Map<String, int[]> place = new HashMap<>();
        for (int row = 0; row < rows.size(); row++) {
            for (int i = 0; i < rows.get(row).size(); i++) {
                place.put(rows.get(row).get(i).id(), new int[] {row, i});
            }
        }
        long crossings = 0;
        for (Edge one : graph.edges()) {
            int[] from = place.get(one.from());
            int[] to = place.get(one.to());
            crossings += graph.edges().stream()
                    .filter(other -> place.get(other.from())[0] == from[0] && place.get(other.to())[0] == to[0])
                    .filter(other -> place.get(other.from())[1] < from[1] && place.get(other.to())[1] > to[1])
                    .count();
        }
        return crossings;
    }
}
