package dev.headlight.interp.lens;

import ai.djl.ndarray.NDArray;
import dev.headlight.interp.metric.Distributions;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.Hooks;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Unembeds the layers of one run, some positions at a time: float64 statistics over a large vocabulary need much memory. */
final class LayerUnembedder {
    private static final long VALUES_AT_ONCE = 1 << 20; // logits

    /**
     * The run of a batch.
     *
     * @param layers the residual stream at each layer (batch, position, d_model)
     * @param last the last block's output (batch, position, d_model)
     * @param edits the run's hooks
     */
    record Streams(List<NDArray> layers, NDArray last, Hooks edits) {}

    private final Session session;
    private final HookedModel model;
    private final LogitLens.Query query;
    private final int topK;
    private final List<NDArray> layers;
    private final NDArray last;
    private final Hooks edits;
    private @Nullable NDArray finals; // logits [batch, position, vocab], if the hooks need whole runs

    /** Reads this run. */
    LayerUnembedder(Session session, LogitLens.Query query, int topK, Streams streams) {
        this.session = session;
        this.model = session.model();
        this.query = query;
        this.topK = topK;
        this.layers = streams.layers;
        this.last = streams.last;
        this.edits = streams.edits;
    }

    /** How many positions are unembedded together. */
    int step() {
        return (int) Math.max(1, VALUES_AT_ONCE / model.info().vocabSize());
    }

    /**
     * Reads one row of the batch.
     *
     * @param step how many positions together
     * @return the logits [layer, position, vocab]; null if they were not requested
     */
    @Nullable
    Tensor read(int row, int[] positions, int step, Consumer<LensReadings> reader) {
        List<List<NDArray>> pieces = new ArrayList<>();
        layers.forEach(layer -> pieces.add(new ArrayList<>()));
        for (int from = 0; from < positions.length; from += step) {
            int[] some = Arrays.copyOfRange(positions, from, Math.min(positions.length, from + step));
            read(row, new LensReadings.Place(positions.length, from, some), pieces, reader);
        }
        if (!query.returnLogits()) {
            return null;
        }
        List<NDArray> inOrder = pieces.stream().flatMap(List::stream).toList();
        NDArray all = Ops.concat(inOrder, 0).reshape(layers.size(), positions.length, -1);
        inOrder.forEach(NDArray::close);
        return session.memory().keep(all, "layer", "position", "vocab");
    }

    private void read(int row, LensReadings.Place place, List<List<NDArray>> pieces, Consumer<LensReadings> reader) {
        Scratch.run(() -> {
            NDArray own = finalDistribution(row, place.positions());
            for (int i = 0; i < layers.size(); i++) {
                int layer = i;
                Scratch.run(() -> readLayer(layer, row, own, place, pieces, reader));
            }
        });
    }

    /** @param own the model's final log-probabilities (position, vocab), float64 */
    private void readLayer(
            int index,
            int row,
            NDArray own,
            LensReadings.Place place,
            List<List<NDArray>> pieces,
            Consumer<LensReadings> reader) {
        NDArray logits = model.lens(at(layers.get(index), row, place.positions()), query.normalise())
                .squeeze(0);
        int layer = query.hooks().get(index).layer();
        reader.accept(LensReadings.of(logits, own, topK, query.targets(), place.ofLayer(index, layer)));
        if (query.returnLogits()) {
            pieces.get(index).add(Scratch.keep(logits));
        }
    }

    /** The model's final log-probabilities (position, vocab), float64. */
    private NDArray finalDistribution(int row, int[] positions) {
        NDArray logits = edits.needsWholeUnembedding()
                ? at(wholeRun(), row, positions)
                : model.unembed(at(last, row, positions), edits);
        return Distributions.logProbabilities(logits.squeeze(0));
    }

    private NDArray wholeRun() {
        if (finals == null) {
            finals = Scratch.keep(model.unembed(last, edits));
        }
        return finals;
    }

    /** Some positions of one row, as a batch (1, position, …). */
    private static NDArray at(NDArray value, int row, int[] positions) {
        return Ops.select(Ops.slice(value, 0, row, row + 1), 1, positions);
    }
}
