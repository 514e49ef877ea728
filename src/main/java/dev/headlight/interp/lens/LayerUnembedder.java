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

/**
 * Unembeds the residual stream of each layer of one run. It takes the positions in chunks, because float64 statistics over a
 * large vocabulary need much memory.
 */
final class LayerUnembedder {
    private static final long VALUES_AT_ONCE = 1 << 20; // logits

    /**
     * The run of a batch.
     *
     * @param layers the residual stream at each layer [batch, position, d_model]
     * @param last the last block's output [batch, position, d_model]
     * @param edits the hooks of its interventions
     */
    record Run(List<NDArray> layers, NDArray last, Hooks edits) {}

    private final Session session;
    private final HookedModel model;
    private final LogitLens.Query query;
    private final int topK;
    private final List<NDArray> layers;
    private final NDArray last;
    private final Hooks edits;
    private @Nullable NDArray finalLogits; // [batch, position, vocab], if the hooks need the whole unembedding

    /** An unembedder of one run of the query. */
    LayerUnembedder(Session session, LogitLens.Query query, int topK, Run run) {
        this.session = session;
        this.model = session.model();
        this.query = query;
        this.topK = topK;
        this.layers = run.layers;
        this.last = run.last;
        this.edits = run.edits;
    }

    /** How many positions one chunk has. */
    int step() {
        return (int) Math.max(1, VALUES_AT_ONCE / model.info().vocabSize());
    }

    /**
     * Reads one row of the batch.
     *
     * @param step positions per chunk
     * @param reader receives each layer of each chunk
     * @return the logits [layer, position, vocab]; null if they were not requested
     */
    @Nullable
    Tensor read(int row, int[] positions, int step, Consumer<LensReadings> reader) {
        List<List<NDArray>> logitsOfLayers = new ArrayList<>();
        layers.forEach(layer -> logitsOfLayers.add(new ArrayList<>()));
        for (int from = 0; from < positions.length; from += step) {
            int[] chunk = Arrays.copyOfRange(positions, from, Math.min(positions.length, from + step));
            LensReadings.Place place = new LensReadings.Place(positions.length, from, chunk);
            model.section(last, () -> read(row, place, logitsOfLayers, reader));
        }
        if (!query.returnLogits()) {
            return null;
        }
        List<NDArray> inOrder = logitsOfLayers.stream().flatMap(List::stream).toList();
        NDArray all = Ops.concat(inOrder, 0).reshape(layers.size(), positions.length, -1);
        inOrder.forEach(NDArray::close);
        return session.memory().keep(all, "layer", "position", "vocab");
    }

    /** Reads one chunk of positions of every layer; returns how many layers. */
    private int read(
            int row, LensReadings.Place place, List<List<NDArray>> logitsOfLayers, Consumer<LensReadings> reader) {
        Scratch.run(() -> {
            NDArray finalLogProbabilities = finalDistribution(row, place.positions());
            for (int i = 0; i < layers.size(); i++) {
                int layer = i;
                Scratch.run(() -> readLayer(layer, row, finalLogProbabilities, place, logitsOfLayers, reader));
            }
        });
        return layers.size();
    }

    /** @param finalLogProbabilities the model's final log-probabilities [position, vocab], float64 */
    private void readLayer(
            int index,
            int row,
            NDArray finalLogProbabilities,
            LensReadings.Place place,
            List<List<NDArray>> logitsOfLayers,
            Consumer<LensReadings> reader) {
        NDArray logits = model.lens(at(layers.get(index), row, place.positions()), query.normalise())
                .squeeze(0);
        int layer = query.hooks().get(index).layer();
        reader.accept(
                LensReadings.of(logits, finalLogProbabilities, topK, query.targets(), place.ofLayer(index, layer)));
        if (query.returnLogits()) {
            logitsOfLayers.get(index).add(Scratch.keep(logits));
        }
    }

    /** The model's final log-probabilities [position, vocab], float64. */
    private NDArray finalDistribution(int row, int[] positions) {
        NDArray logits = edits.needsWholeUnembedding()
                ? at(finalLogitsOfWholeRun(), row, positions)
                : model.unembed(at(last, row, positions), edits);
        return Distributions.logProbabilities(logits.squeeze(0));
    }

    private NDArray finalLogitsOfWholeRun() {
        if (finalLogits == null) {
            finalLogits = Scratch.keep(model.unembed(last, edits));
        }
        return finalLogits;
    }

    /** Some positions of one row, as a batch [1, position, …]. */
    private static NDArray at(NDArray value, int row, int[] positions) {
        return Ops.select(Ops.slice(value, 0, row, row + 1), 1, positions);
    }
}
