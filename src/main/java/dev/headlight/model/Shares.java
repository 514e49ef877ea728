package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What each part of a run adds to a logit, float64. All of one position are (batch, position).
 *
 * @param position 0 where the model has no learned positions; {@code tokenType} likewise
 * @param embeddingBias of the norm and the projection behind the embeddings
 * @param outputBias of the final norm, the projection behind it and the unembedding
 * @param interventions what was added at each altered hook point of the residual stream
 * @param uncapped the logit before it is soft-capped; null where it is not
 */
public record Shares(
        NDArray token,
        NDArray position,
        NDArray tokenType,
        NDArray embeddingBias,
        List<Layer> layers,
        NDArray outputBias,
        Map<HookName, NDArray> interventions,
        @Nullable NDArray uncapped) {
    /**
     * One block's.
     *
     * @param heads (batch, position, head)
     * @param attentionBias of the output projection, and of a norm behind it
     * @param normBias of the norms that the stream goes through; 0 where it does not
     * @param sources of each head by the position it reads (batch, head, key); null where not read
     * @param neurons (batch, position, neuron); null where not read
     * @param mlpBias what the MLP has beside them (batch, position); null where they are not read
     */
    public record Layer(
            NDArray heads,
            NDArray attentionBias,
            NDArray mlp,
            NDArray normBias,
            @Nullable NDArray sources,
            @Nullable NDArray neurons,
            @Nullable NDArray mlpBias) {
        /** Of every array. */
        public void each(Consumer<NDArray> work) {
            List.of(heads, attentionBias, mlp, normBias).forEach(work);
            Stream.of(sources, neurons, mlpBias).filter(Objects::nonNull).forEach(work);
        }
    }

    /** The sum of all, (batch, position). */
    public NDArray total() {
        List<NDArray> parts = new ArrayList<>(List.of(position, tokenType, embeddingBias, outputBias));
        for (Layer layer : layers) {
            parts.addAll(List.of(layer.heads.sum(new int[] {-1}), layer.attentionBias, layer.mlp, layer.normBias));
        }
        parts.addAll(interventions.values());
        return parts.stream().reduce(token, NDArray::add);
    }
}
