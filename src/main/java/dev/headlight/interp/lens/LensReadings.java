package dev.headlight.interp.lens;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.metric.Distributions;
import dev.headlight.interp.metric.Effect;
import dev.headlight.interp.metric.Prediction;
import dev.headlight.model.HookedModel;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Readings of a lens at one layer and some positions. Statistics are computed in float64, and only the values that the
 * answer needs are copied to the heap.
 *
 * @param k how many tokens are listed
 * @param logits [position, vocab], float32
 * @param targets null if the query names no tokens
 * @param divergences KL(final ‖ lens), in nats [position], float64
 */
record LensReadings(
        Place place,
        int k,
        NDArray logits,
        Top top,
        @Nullable Targets targets,
        NDArray divergences) {

    /**
     * The layer and the positions of some readings.
     *
     * @param layerIndex index of the layer in the query
     * @param requested how many positions the query selects
     * @param offset index in that selection of the first of {@code positions}
     * @param positions the positions that are read
     */
    record Place(int layerIndex, int layer, int requested, int offset, int[] positions) {
        /** Positions whose layer is set later, by {@link #ofLayer}. */
        Place(int requested, int offset, int[] positions) {
            this(0, 0, requested, offset, positions);
        }

        /** The same positions at a layer. */
        Place ofLayer(int index, int layer) {
            return new Place(index, layer, requested, offset, positions);
        }
    }

    /**
     * The k + 1 largest logits, or all if there are fewer.
     *
     * @param values [position, k + 1], float32
     * @param ids [position, k + 1], int64
     * @param logProbabilities [position, k + 1], float64
     */
    record Top(NDArray values, NDArray ids, NDArray logProbabilities) {}

    /**
     * Readings of the tokens that the query names.
     *
     * @param ids the ids of the tokens
     * @param values [position, target], float32
     * @param logProbabilities [position, target], float64
     * @param ranks how many logits are larger [position, target], float64
     */
    record Targets(List<Integer> ids, NDArray values, NDArray logProbabilities, NDArray ranks) {
        /**
         * Reads the tokens.
         *
         * @param logits [position, vocab]
         * @param logProbabilities [position, vocab]
         * @return null if there are no ids
         */
        static @Nullable Targets of(List<Integer> ids, NDArray logits, NDArray logProbabilities) {
            if (ids.isEmpty()) {
                return null;
            }
            long[] columns = ids.stream().mapToLong(i -> i).toArray();
            NDArray index = logits.getManager().create(columns, new Shape(1, columns.length));
            index = Ops.expand(index, new Shape(logits.getShape().get(0), columns.length));
            NDArray values = logits.gather(index, 1);
            List<NDArray> ranks = new ArrayList<>();
            for (int i = 0; i < columns.length; i++) {
                int at = i;
                ranks.add(Scratch.only(() -> logits.gt(Ops.slice(values, 1, at, at + 1))
                        .toType(DataType.FLOAT64, false)
                        .sum(new int[] {1}, false)));
            }
            return new Targets(ids, values, logProbabilities.gather(index, 1), Ops.stack(ranks, 1));
        }

        private List<LogitLens.Target> of(HookedModel model, int row, float[] values, double[] logs, double[] ranks) {
            List<LogitLens.Target> of = new ArrayList<>();
            for (int i = 0; i < ids.size(); i++) {
                int at = row * ids.size() + i;
                int id = ids.get(i);
                Prediction.Token token =
                        Prediction.Token.of(id, model.text().token(id), values[at], Math.exp(logs[at]));
                Integer rank = Float.isNaN(values[at]) ? null : (Integer) (int) ranks[at]; // NaN has no rank
                of.add(new LogitLens.Target(id, token.token(), rank, token.logit(), token.probability()));
            }
            return of;
        }
    }

    /**
     * Computes the statistics of one layer.
     *
     * @param logits the logits of the lens [position, vocab], float32
     * @param finalLogProbabilities the model's final log-probabilities [position, vocab], float64
     */
    static LensReadings of(NDArray logits, NDArray finalLogProbabilities, int k, List<Integer> targets, Place place) {
        NDArray logProbabilities = Distributions.logProbabilities(logits);
        int count = (int) Math.min(k + 1L, logits.getShape().get(1));
        NDList top = logits.topK(count, 1, true, true);
        return new LensReadings(
                place,
                k,
                logits,
                new Top(top.get(0), top.get(1), logProbabilities.gather(top.get(1), 1)),
                Targets.of(targets, logits, logProbabilities),
                Scratch.only(() -> Distributions.klDivergence(finalLogProbabilities, logProbabilities)));
    }

    /**
     * Copies the readings into an answer.
     *
     * @param entries all entries of the input, by layer, then by position
     */
    void readInto(LogitLens.Entry[] entries, HookedModel model) {
        List<List<Prediction.Token>> largest = largest(model);
        List<List<LogitLens.Target>> requested = requested(model);
        double[] kl = divergences.toDoubleArray();
        for (int row = 0; row < kl.length; row++) {
            entries[place.layerIndex * place.requested + place.offset + row] = new LogitLens.Entry(
                    place.layer,
                    place.positions[row],
                    largest.get(row),
                    requested.get(row),
                    Effect.finite(Math.max(kl[row], 0))); // rounding may give -1e-17; NaN stays
        }
    }

    private List<List<Prediction.Token>> largest(HookedModel model) {
        float[] values = top.values.toFloatArray();
        long[] ids = top.ids.toLongArray();
        double[] logs = top.logProbabilities.toDoubleArray();
        int width = values.length / place.positions.length;
        List<List<Prediction.Token>> largest = new ArrayList<>();
        for (int row = 0; row < place.positions.length; row++) {
            int at = row * width;
            if (isTied(values, at, width)) {
                largest.add(Prediction.of(model, Prediction.logitsAt(logits, row), k, null)
                        .top());
                continue;
            }
            List<Prediction.Token> tokens = new ArrayList<>();
            for (int i = at; i < at + k; i++) {
                int id = (int) ids[i];
                tokens.add(Prediction.Token.of(id, model.text().token(id), values[i], Math.exp(logs[i])));
            }
            largest.add(tokens);
        }
        return largest;
    }

    /** PyTorch returns equal logits in any order, and NaN first. The answer orders ties by lower id, and NaN last. */
    private static boolean isTied(float[] values, int at, int width) {
        for (int i = at + 1; i < at + width; i++) {
            if (!(values[i] < values[i - 1])) {
                return true;
            }
        }
        return Float.isNaN(values[at]);
    }

    private List<List<LogitLens.Target>> requested(HookedModel model) {
        if (targets == null) {
            return Collections.nCopies(place.positions.length, List.of());
        }
        float[] values = targets.values.toFloatArray();
        double[] logs = targets.logProbabilities.toDoubleArray();
        double[] ranks = targets.ranks.toDoubleArray();
        return IntStream.range(0, place.positions.length)
                .mapToObj(row -> targets.of(model, row, values, logs, ranks))
                .toList();
    }
}
