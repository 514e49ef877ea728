package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Unembeds the layers of a run, some positions at a time: a vocabulary may be large, and statistics take float64. */
final class LensRun {
    private static final long VALUES_AT_ONCE = 1 << 20; // logits

    /**
     * A batch's run.
     *
     * @param layers the stream at each layer (batch, position, d_model)
     * @param last what the last block wrote
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
    private final boolean headAltered;
    private @Nullable NDArray finals; // where the edits reach the unembedding: they know whole runs only

    LensRun(Session session, LogitLens.Query query, int topK, Streams streams) {
        this.session = session;
        this.model = session.model();
        this.query = query;
        this.topK = topK;
        this.layers = streams.layers;
        this.last = streams.last;
        this.edits = streams.edits;
        this.headAltered = Stream.of(Site.LN_FINAL_NORMALIZED, Site.LN_FINAL, Site.LOGITS)
                .anyMatch(site -> edits.wants(HookName.of(site)));
    }

    /** How many positions are unembedded together. */
    int step() {
        return (int) Math.max(1, VALUES_AT_ONCE / model.info().vocabSize());
    }

    /**
     * @param step how many positions together
     * @return the logits [layer, position, vocab] of one row; null where they were not asked for
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
        return session.kept().keep(all, "layer", "position", "vocab");
    }

    private void read(int row, LensReadings.Place place, List<List<NDArray>> pieces, Consumer<LensReadings> reader) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray own = ownDistribution(row, place.positions());
            for (int i = 0; i < layers.size(); i++) {
                try (NDScope ofLayer = new NDScope()) {
                    ofLayer.suppressNotUsedWarning();
                    NDArray logits = model.lens(at(layers.get(i), row, place.positions()), query.normalise())
                            .squeeze(0);
                    int layer = query.hooks().get(i).layer();
                    reader.accept(LensReadings.of(logits, own, topK, query.targets(), place.ofLayer(i, layer)));
                    if (query.returnLogits()) {
                        NDScope.unregister(logits);
                        pieces.get(i).add(logits);
                    }
                }
            }
        }
    }

    /** The run's own log-probabilities (position, vocab), float64. */
    private NDArray ownDistribution(int row, int[] positions) {
        NDArray logits = headAltered ? at(wholeRun(), row, positions) : model.unembed(at(last, row, positions), edits);
        return Distributions.logProbabilities(logits.squeeze(0));
    }

    private NDArray wholeRun() {
        if (finals == null) {
            finals = model.unembed(last, edits);
            NDScope.unregister(finals);
        }
        return finals;
    }

    /** Chosen positions of one row, which stays a batch. */
    private static NDArray at(NDArray value, int row, int[] positions) {
        return Ops.select(Ops.slice(value, 0, row, row + 1), 1, positions);
    }
}
