package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.hook.HookName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The contribution of each part of a run to a logit, at chosen positions, in float64. Arrays are [batch, position] unless
 * their shape is given.
 *
 * @param token from the token embeddings
 * @param position from learned positions; 0 if the model has none
 * @param tokenType from the token type; 0 if the model has none
 * @param embeddingBias from the biases of the norm and the projection of the embeddings
 * @param layers from each block
 * @param outputBias from the biases of the final norm, a projection after it and the unembedding
 * @param interventions from the change that interventions made at each edited hook point of the residual stream
 * @param uncapped the logit before its soft cap; null if there is no cap
 */
public record LogitContributions(
        NDArray token,
        NDArray position,
        NDArray tokenType,
        NDArray embeddingBias,
        List<Layer> layers,
        NDArray outputBias,
        Map<HookName, NDArray> interventions,
        @Nullable NDArray uncapped) {
    /**
     * The contributions of one block.
     *
     * @param heads from each head [batch, position, head]
     * @param attentionBias from the biases of the output projection and of a norm after it
     * @param mlp from the MLP
     * @param normBias from the biases of norms that the residual stream itself passes through; 0 if there are none
     * @param sources from each head by the position that it attends to [batch, head, key]; null if not computed
     * @param neurons from each neuron [batch, position, neuron]; null if not computed
     * @param mlpBias from the MLP without its neurons; null if neurons were not computed
     */
    public record Layer(
            NDArray heads,
            NDArray attentionBias,
            NDArray mlp,
            NDArray normBias,
            @Nullable NDArray sources,
            @Nullable NDArray neurons,
            @Nullable NDArray mlpBias) {
        /** Passes every array to {@code work}, [batch, position] or [batch, position or head, n]. */
        public void each(Consumer<NDArray> work) {
            List.of(heads, attentionBias, mlp, normBias).forEach(work);
            Stream.of(sources, neurons, mlpBias).filter(Objects::nonNull).forEach(work);
        }
    }

    /** The sum of all parts, [batch, position]: the logit before its soft cap. */
    public NDArray total() {
        List<NDArray> parts = new ArrayList<>(List.of(position, tokenType, embeddingBias, outputBias));
        for (Layer layer : layers) {
            parts.addAll(List.of(layer.heads.sum(new int[] {-1}), layer.attentionBias, layer.mlp, layer.normBias));
        }
        parts.addAll(interventions.values());
        return parts.stream().reduce(token, NDArray::add);
    }
}
