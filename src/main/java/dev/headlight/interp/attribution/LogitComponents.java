package dev.headlight.interp.attribution;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.LogitContributions;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What each component of the model adds to a logit at each chosen position, in logits. A component that the model lacks
 * adds 0.
 *
 * @param tokenEmbedding [position]
 * @param positionEmbedding [position]
 * @param tokenTypeEmbedding [position]
 * @param embeddingBias [position], the biases of the norm and of the projection after the embedding
 * @param heads [layer, head, position], each without the bias of the output projection
 * @param attentionBias [layer, position], the bias of the output projection and of a norm after it
 * @param mlps [layer, position]
 * @param normBias [layer, position], the biases of norms that the residual stream itself passes through
 * @param outputBias [position], the biases of the final norm and the unembedding
 * @param interventions [position], the changes by interventions, by the hook point of the residual stream
 * @param sources [layer, head, source], each head split by the position that it attends to; null if not requested
 * @param neurons [layer, position, neuron]; null if not requested
 * @param mlpBias [layer, position], the part of {@code mlps} that no neuron adds; null if neurons were not requested
 */
public record LogitComponents(
        Tensor tokenEmbedding,
        Tensor positionEmbedding,
        Tensor tokenTypeEmbedding,
        Tensor embeddingBias,
        Tensor heads,
        Tensor attentionBias,
        Tensor mlps,
        Tensor normBias,
        Tensor outputBias,
        Map<String, Tensor> interventions,
        @Nullable Tensor sources,
        @Nullable Tensor neurons,
        @Nullable Tensor mlpBias) {
    private static final String[] PER_POSITION = {"position"};
    private static final String[] PER_LAYER = {"layer", "position"};

    /**
     * Copies one row of a batch into an answer.
     *
     * @param memory owns the tensors
     */
    static LogitComponents of(AnswerMemory memory, LogitContributions contributions, int row) {
        Keeper keeper = new Keeper(memory, contributions, row);
        Map<String, Tensor> interventions = new LinkedHashMap<>();
        contributions
                .interventions()
                .forEach((hook, contribution) -> interventions.put(hook.toString(), keeper.one(contribution)));
        boolean bySource = contributions.layers().get(0).sources() != null;
        boolean byNeuron = contributions.layers().get(0).neurons() != null;
        return new LogitComponents(
                keeper.one(contributions.token()),
                keeper.one(contributions.position()),
                keeper.one(contributions.tokenType()),
                keeper.one(contributions.embeddingBias()),
                keeper.layers(layer -> layer.heads().transpose(0, 2, 1), "layer", "head", "position"),
                keeper.layers(LogitContributions.Layer::attentionBias, PER_LAYER),
                keeper.layers(LogitContributions.Layer::mlp, PER_LAYER),
                keeper.layers(LogitContributions.Layer::normBias, PER_LAYER),
                keeper.one(contributions.outputBias()),
                interventions,
                bySource ? keeper.layers(l -> Objects.requireNonNull(l.sources()), "layer", "head", "source") : null,
                byNeuron
                        ? keeper.layers(l -> Objects.requireNonNull(l.neurons()), "layer", "position", "neuron")
                        : null,
                byNeuron ? keeper.layers(l -> Objects.requireNonNull(l.mlpBias()), PER_LAYER) : null);
    }

    private record Keeper(AnswerMemory memory, LogitContributions contributions, int row) {
        Tensor one(NDArray contribution) {
            return memory.keep(Ops.row(contribution, row), PER_POSITION);
        }

        Tensor layers(Function<LogitContributions.Layer, NDArray> contribution, String... dims) {
            List<NDArray> rows = contributions.layers().stream()
                    .map(layer -> Ops.row(contribution.apply(layer), row))
                    .toList();
            return memory.keep(Ops.stack(rows, 0), dims);
        }
    }

    /** The components that sum to the logit, by the name of one such component. */
    Map<String, Tensor> parts() {
        Map<String, Tensor> parts = new LinkedHashMap<>();
        parts.put("token_embedding", tokenEmbedding);
        parts.put("position_embedding", positionEmbedding);
        parts.put("token_type_embedding", tokenTypeEmbedding);
        parts.put("embedding_bias", embeddingBias);
        parts.put("head", heads);
        parts.put("attention_bias", attentionBias);
        parts.put("mlp", mlps);
        parts.put("norm_bias", normBias);
        parts.put("output_bias", outputBias);
        parts.putAll(interventions);
        return parts;
    }
}
