package dev.headlight.render;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Orders the nodes of each row from left to right with the barycentre heuristic. One sweep up and one sweep down sort a
 * row by the mean place of each node's neighbours in the row below, then above.
 *
 * @see <a href="https://doi.org/10.1109/TSMC.1981.4308636">Sugiyama, Tagawa and Toda, 1981</a>
 */
final class GraphOrder {
    private final List<List<Graph.Node>> rows;
    private final Map<String, Double> places = new HashMap<>();

    private GraphOrder(List<List<Graph.Node>> rows) {
        this.rows = rows;
        rows.forEach(this::place);
    }

    /** Rows of ordered nodes; row 0 is the lowest level. */
    static List<List<Graph.Node>> of(Graph graph) {
        TreeMap<Integer, List<Graph.Node>> levels = new TreeMap<>();
        graph.nodes()
                .forEach(n -> levels.computeIfAbsent(n.level(), l -> new ArrayList<>())
                        .add(n));
        Map<String, List<String>> below = new HashMap<>();
        Map<String, List<String>> above = new HashMap<>();
        for (Graph.Edge edge : graph.edges()) {
            below.computeIfAbsent(edge.to(), id -> new ArrayList<>()).add(edge.from());
            above.computeIfAbsent(edge.from(), id -> new ArrayList<>()).add(edge.to());
        }
        GraphOrder order = new GraphOrder(List.copyOf(levels.values()));
        int last = order.rows.size() - 1;
        IntStream.rangeClosed(1, last).forEach(row -> order.sort(row, below));
        IntStream.rangeClosed(1, last).forEach(i -> order.sort(last - i, above));
        return order.rows;
    }

    private void sort(int row, Map<String, List<String>> neighbours) {
        List<Graph.Node> nodes = rows.get(row);
        Map<String, Double> centres = new HashMap<>();
        nodes.forEach(n -> centres.put(n.id(), centre(n.id(), neighbours)));
        nodes.sort(Comparator.comparing(n -> centres.get(n.id())));
        place(nodes);
    }

    // a node without neighbours keeps its place
    private double centre(String id, Map<String, List<String>> neighbours) {
        return neighbours.getOrDefault(id, List.of(id)).stream()
                .mapToDouble(places::get)
                .average()
                .orElseThrow();
    }

    // relative to the middle, since all rows are centred
    private void place(List<Graph.Node> row) {
        for (int i = 0; i < row.size(); i++) {
            places.put(row.get(i).id(), i - (row.size() - 1) / 2.0);
        }
    }
}
