package dev.headlight.interp.metric;

import dev.headlight.model.schedule.Cancellation;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Finds the k largest of many values. */
public final class TopK {
    private TopK() {}

    /** Indices of the k largest values, largest first. Ties go to the lower index. NaN counts as the smallest value. */
    public static List<Integer> of(double[] values, int k) {
        Cancellation.current().check(); // called for each row of an answer, over the whole vocabulary
        Comparator<Integer> order = Comparator.<Integer>comparingDouble(
                        i -> Double.isNaN(values[i]) ? Double.NEGATIVE_INFINITY : values[i] + 0.0) // -0.0 ties with 0.0
                .thenComparing(Comparator.reverseOrder());
        PriorityQueue<Integer> best = new PriorityQueue<>(order); // its head is the smallest of the best
        for (int i = 0; i < values.length; i++) {
            best.add(i);
            if (best.size() > k) {
                best.poll();
            }
        }
        return best.stream().sorted(order.reversed()).toList();
    }
}
