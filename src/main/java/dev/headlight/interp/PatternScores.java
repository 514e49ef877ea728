package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.HookName;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads scores off patterns while runs pass through, and keeps no pattern. The sums are taken in float64. */
final class PatternScores {
    private final int heads;
    private final Map<HeadScore, double[]> sums = new EnumMap<>(HeadScore.class); // [layer · head]
    private final Map<HeadScore, Long> counts = new EnumMap<>(HeadScore.class); // of what they are sums of

    PatternScores(int layers, int heads, Set<HeadScore> scores) {
        this.heads = heads;
        for (HeadScore score : scores) {
            sums.put(score, new double[layers * heads]);
            counts.put(score, 0L);
        }
    }

    /** The mean of a score over everything that was read, by layer, then by head. */
    float[] mean(HeadScore score) {
        double[] sum = Objects.requireNonNull(sums.get(score));
        double count = Objects.requireNonNull(counts.get(score));
        float[] mean = new float[sum.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (sum[i] / count);
        }
        return mean;
    }

    /**
     * Hooks of one batch.
     *
     * @param repeats what the batch is of; null for any tokens
     * @param scores those that are read off it
     */
    Hooks on(int rows, int length, @Nullable Repeats repeats, Set<HeadScore> scores) {
        scores.forEach(score -> counts.merge(
                score, (long) rows * Entries.of(score, length, repeats).count(), Long::sum));
        return new Reader(length, repeats, scores);
    }

    /**
     * The entries of a pattern that a score is the mean of: those of some queries, each at a fixed distance to its key.
     *
     * @param to exclusive
     * @param back how far before its query a key is; -1 for the first position
     */
    private record Entries(int from, int to, int back) {
        private static final int FIRST = -1;

        static Entries of(HeadScore score, int length, @Nullable Repeats repeats) {
            if (score == HeadScore.ENTROPY) {
                return new Entries(0, length, 0);
            }
            if (score == HeadScore.FIRST_TOKEN) {
                return new Entries(1, length, FIRST);
            }
            Repeats r = Objects.requireNonNull(repeats);
            int second = r.start() + r.length();
            int end = second + r.length();
            return switch (score) {
                case PREVIOUS_TOKEN -> new Entries(r.start() + 1, end, 1);
                case DUPLICATE_TOKEN -> new Entries(second, end, r.length());
                case INDUCTION -> new Entries(second, end, r.length() - 1);
                default -> throw new IllegalStateException(score + " is not read off patterns");
            };
        }

        int count() {
            return to - from;
        }

        /** 1 where they are, [query · key]. */
        float[] mask(int length) {
            float[] mask = new float[length * length];
            for (int query = from; query < to; query++) {
                mask[query * length + (back == FIRST ? 0 : query - back)] = 1;
            }
            return mask;
        }
    }

    private final class Reader implements Hooks {
        private final int length;
        private final @Nullable Repeats repeats;
        private final Set<HeadScore> scores;

        Reader(int length, @Nullable Repeats repeats, Set<HeadScore> scores) {
            this.length = length;
            this.repeats = repeats;
            this.scores = scores;
        }

        @Override
        public NDArray at(HookName name, NDArray value) {
            if (wants(name)) {
                scores.forEach(score -> add(score, name.layer(), value));
            }
            return value;
        }

        private void add(HeadScore score, int layer, NDArray pattern) {
            double[] ofHeads;
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                NDArray values = score == HeadScore.ENTROPY ? surprise(pattern) : chosen(score, pattern);
                ofHeads = values.sum(new int[] {0, 2, 3}, false).toDoubleArray();
            }
            double[] sum = Objects.requireNonNull(sums.get(score));
            for (int head = 0; head < heads; head++) {
                sum[layer * heads + head] += ofHeads[head];
            }
        }

        private NDArray chosen(HeadScore score, NDArray pattern) {
            NDArray mask = Ops.create(
                    pattern.getManager(),
                    new Shape(length, length),
                    () -> Entries.of(score, length, repeats).mask(length));
            return pattern.mul(mask).toType(DataType.FLOAT64, false);
        }

        /** -p ln p, which is 0 where p is, and NaN where p is. */
        private static NDArray surprise(NDArray pattern) {
            NDArray p = pattern.toType(DataType.FLOAT64, false);
            return Ops.where(p.gt(0), p.log().mul(p).neg(), p.sub(p));
        }

        @Override
        public boolean wants(HookName name) {
            return name.site() == Site.PATTERN && !scores.isEmpty();
        }

        @Override
        public boolean keeps(HookName name) {
            return false;
        }

        @Override
        public boolean changes(HookName name) {
            return false;
        }
    }
}
