package dev.headlight.interp.circuits;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Searches for the fewest of the strongest edges that keep a share of the metric. Each number of edges is tried by a real run,
 * several in one batch. The share need not grow with every edge: the result was tried and keeps it, and one edge fewer was
 * tried and does not.
 */
final class CircuitSearch {
    private final EdgePatching.ScoredEdges scoredEdges;
    private final CircuitGraph graph;
    private final List<Integer> order;
    private final int triesPerBatch;
    private final TreeMap<Integer, Double> tried = new TreeMap<>();

    /** Whether a circuit keeps enough of the metric. */
    interface Enough {
        boolean test(int edges, double metric);
    }

    /** Is told the range of the circuit's size: more than {@code above} edges, and at most {@code atMost}. */
    interface Listener {
        void narrowed(int above, int atMost);
    }

    /**
     * A search before the first run.
     *
     * @param order indices of edges, strongest first
     * @param triesPerBatch how many circuits run as one batch
     */
    CircuitSearch(EdgePatching.ScoredEdges scoredEdges, CircuitGraph graph, List<Integer> order, int triesPerBatch) {
        this.scoredEdges = scoredEdges;
        this.graph = graph;
        this.order = order;
        this.triesPerBatch = Math.max(2, triesPerBatch);
    }

    /** The indices of all edges, those of the largest scores first. */
    static List<Integer> strongestFirst(CircuitGraph graph, float[] scores) {
        return graph.allEdges().stream()
                .boxed()
                .sorted(Comparator.comparingDouble(edge -> -Math.abs(scores[edge])))
                .toList();
    }

    /** The circuit of the {@code count} strongest edges. */
    Circuit circuit(int count) {
        return Circuit.of(graph, order, count);
    }

    /** The metric with the {@code count} strongest edges, which must have been tried. */
    double metric(int count) {
        return Objects.requireNonNull(tried.get(count));
    }

    /** Runs the circuits of these numbers of edges. */
    void tryAll(List<Integer> counts) {
        List<Integer> open =
                counts.stream().distinct().filter(n -> !tried.containsKey(n)).toList();
        List<BitSet> circuits = open.stream().map(n -> circuit(n).edges()).toList();
        double[] metrics = scoredEdges.metrics(circuits);
        IntStream.range(0, metrics.length).forEach(i -> tried.put(open.get(i), metrics[i]));
    }

    /**
     * Searches for the fewest edges that are enough.
     *
     * @param most the most edges, which must have been tried
     * @param listener is called after each batch
     * @return the number of edges; {@code most} if even they are not enough
     */
    int fewest(int most, Enough enough, Listener listener) {
        int low = 0;
        int high = most;
        if (!enough.test(most, metric(most))) {
            return most;
        }
        boolean first = true;
        while (high - low > 1) {
            List<Integer> points = points(low, high, first);
            first = false;
            tryAll(points);
            for (int point : points) {
                if (enough.test(point, metric(point))) {
                    high = point;
                    break;
                }
                low = point;
            }
            listener.narrowed(low, high);
        }
        return high;
    }

    /** Numbers to try between the two, ascending; geometric ones are closer to the lower one, because circuits are small. */
    private List<Integer> points(int low, int high, boolean geometric) {
        List<Integer> points = new ArrayList<>();
        for (int i = 1; i <= triesPerBatch; i++) {
            double part = (double) i / (triesPerBatch + 1);
            double step = geometric ? Math.pow(high - low, part) : part * (high - low);
            int point = low + Math.max(1, (int) step);
            if (point < high && !points.contains(point)) {
                points.add(point);
            }
        }
        return points;
    }
}
