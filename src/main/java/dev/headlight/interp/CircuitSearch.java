package dev.headlight.interp;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Looks for the fewest of the strongest edges that keep a share of the metric, each try by a real run, several tries to a
 * batch. What is kept need not grow with every edge: of what was tried, the fewest that keep the share are taken, and one
 * edge fewer was tried and did not.
 */
final class CircuitSearch {
    private final EdgeStudy.Runs runs;
    private final Edges edges;
    private final List<Integer> order;
    private final int rows;
    private final TreeMap<Integer, Double> tried = new TreeMap<>();

    /** Whether a metric is enough. */
    interface Enough {
        boolean is(int edges, double metric);
    }

    /**
     * @param order places of edges, strongest first
     * @param rows tries to a batch
     */
    CircuitSearch(EdgeStudy.Runs runs, Edges edges, List<Integer> order, int rows) {
        this.runs = runs;
        this.edges = edges;
        this.order = order;
        this.rows = Math.max(2, rows);
    }

    Circuit circuit(int count) {
        return Circuit.of(edges, order, count);
    }

    /** The metric with so many of the strongest edges, of a number that was tried. */
    double metric(int count) {
        return Objects.requireNonNull(tried.get(count));
    }

    void tryAll(List<Integer> counts) {
        List<Integer> open =
                counts.stream().distinct().filter(n -> !tried.containsKey(n)).toList();
        List<BitSet> circuits = open.stream().map(n -> circuit(n).chosen()).toList();
        double[] metrics = runs.measure(circuits);
        IntStream.range(0, metrics.length).forEach(i -> tried.put(open.get(i), metrics[i]));
    }

    /**
     * @param most edges that may be kept, which were tried
     * @return how many do; {@code most} where not even they keep the share
     */
    int fewest(int most, Enough enough) {
        int low = 0;
        int high = most;
        if (!enough.is(most, metric(most))) {
            return most;
        }
        boolean first = true;
        while (high - low > 1) {
            List<Integer> points = points(low, high, first);
            first = false;
            tryAll(points);
            for (int point : points) {
                if (enough.is(point, metric(point))) {
                    high = point;
                    break;
                }
                low = point;
            }
        }
        return high;
    }

    /** Between the two, ascending: closer to the lower one at first, as circuits are small. */
    private List<Integer> points(int low, int high, boolean geometric) {
        List<Integer> points = new ArrayList<>();
        for (int i = 1; i <= rows; i++) {
            double part = (double) i / (rows + 1);
            double step = geometric ? Math.pow(high - low, part) : part * (high - low);
            int point = low + Math.max(1, (int) step);
            if (point < high && !points.contains(point)) {
                points.add(point);
            }
        }
        return points;
    }
}
