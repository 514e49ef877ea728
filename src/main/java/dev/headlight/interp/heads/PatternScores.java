package dev.headlight.interp.heads;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Scores that are means over entries of attention patterns. Runs add to their sums, in float64, and keep no pattern. */
final class PatternScores {
    private final int heads;
    private final Map<HeadScoreKind, double[]> sums = new EnumMap<>(HeadScoreKind.class); // [layer · head]
    private final Map<HeadScoreKind, Long> counts = new EnumMap<>(HeadScoreKind.class); // entries in each sum

    /** Sums of these scores over no runs yet. */
    PatternScores(int layers, int heads, Set<HeadScoreKind> scores) {
        this.heads = heads;
        for (HeadScoreKind score : scores) {
            sums.put(score, new double[layers * heads]);
            counts.put(score, 0L);
        }
    }

    /** The mean of a score over all runs [layer · head]. */
    float[] mean(HeadScoreKind score) {
        double[] sum = Objects.requireNonNull(sums.get(score));
        double count = Objects.requireNonNull(counts.get(score));
        float[] mean = new float[sum.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (sum[i] / count);
        }
        return mean;
    }

    /**
     * Hooks for the run of one batch.
     *
     * @param rows how many inputs the batch has
     * @param length how many tokens each input has
     * @param repeats the repeated random tokens that the inputs are; null for other inputs
     * @param scores the scores to measure on the batch
     */
    Hooks on(int rows, int length, @Nullable RepeatedTokens repeats, Set<HeadScoreKind> scores) {
        scores.forEach(score -> counts.merge(
                score, (long) rows * Entries.of(score, length, repeats).count(), Long::sum));
        return Hooks.reading(
                name -> name.site() == Site.PATTERN && !scores.isEmpty(),
                (name, pattern) ->
                        scores.forEach(score -> add(score, name.layer(), pattern, Entries.of(score, length, repeats))));
    }

    /**
     * The entries of a pattern whose mean is a score: a range of queries, each with one key at a fixed distance.
     *
     * @param from the first query
     * @param to the query after the last
     * @param back positions from the query back to the key; -1 for the first position as key
     */
    private record Entries(int from, int to, int back) {
        private static final int FIRST = -1;

        static Entries of(HeadScoreKind score, int length, @Nullable RepeatedTokens repeats) {
            if (score == HeadScoreKind.ENTROPY) {
                return new Entries(0, length, 0);
            }
            if (score == HeadScoreKind.FIRST_TOKEN) {
                return new Entries(1, length, FIRST);
            }
            RepeatedTokens r = Objects.requireNonNull(repeats);
            int second = r.start() + r.length();
            int end = second + r.length();
            return switch (score) {
                case PREVIOUS_TOKEN -> new Entries(r.start() + 1, end, 1);
                case DUPLICATE_TOKEN -> new Entries(second, end, r.length());
                case INDUCTION -> new Entries(second, end, r.length() - 1);
                default -> throw new IllegalStateException(score + " is not measured on patterns");
            };
        }

        int count() {
            return to - from;
        }

        /** 1 at these entries, else 0 [query · key]. */
        float[] mask(int length) {
            float[] mask = new float[length * length];
            for (int query = from; query < to; query++) {
                mask[query * length + (back == FIRST ? 0 : query - back)] = 1;
            }
            return mask;
        }
    }

    /** @param pattern [batch, head, query, key] */
    private void add(HeadScoreKind score, int layer, NDArray pattern, Entries entries) {
        double[] ofHeads = Scratch.read(() -> {
            NDArray values = score == HeadScoreKind.ENTROPY ? entropyTerms(pattern) : chosen(entries, pattern);
            return values.sum(new int[] {0, 2, 3}, false).toDoubleArray();
        });
        double[] sum = Objects.requireNonNull(sums.get(score));
        for (int head = 0; head < heads; head++) {
            sum[layer * heads + head] += ofHeads[head];
        }
    }

    private static NDArray chosen(Entries entries, NDArray pattern) {
        int length = (int) pattern.getShape().get(3);
        NDArray mask = Ops.create(pattern.getManager(), new Shape(length, length), () -> entries.mask(length));
        return pattern.mul(mask).toType(DataType.FLOAT64, false);
    }

    /** The term -p ln p of each entry [batch, head, query, key]: 0 where p is 0, NaN where p is NaN. */
    private static NDArray entropyTerms(NDArray pattern) {
        NDArray p = pattern.toType(DataType.FLOAT64, false);
        return Ops.where(p.gt(0), p.log().mul(p).neg(), p.sub(p));
    }
}
