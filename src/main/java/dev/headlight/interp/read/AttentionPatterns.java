package dev.headlight.interp.read;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Provenance;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import dev.headlight.tensor.Wire;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads where each head attends. */
public final class AttentionPatterns {
    /** What is read for each query and key. */
    public enum Kind {
        /** Attention probabilities, after softmax; each query's sum to 1. */
        PATTERN,
        /** Attention scores, after scaling and masking and before softmax; minus infinity for masked keys. */
        SCORES,
        /**
         * The pattern times ‖v W_O‖₂ of each key: attention weighted by the norm of what it adds to the residual stream.
         *
         * @see <a href="https://arxiv.org/abs/2004.10102">Kobayashi et al., 2020</a>
         */
        VALUE_WEIGHTED;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * The heads to read.
     *
     * @param layers null for all
     * @param heads query heads, in every layer; null for all
     * @param averageHeads whether the mean over the heads is returned instead of each head
     */
    public record Query(
            @Nullable List<Integer> layers, @Nullable List<Integer> heads, boolean averageHeads, Kind kind) {}

    /**
     * The attention of one input.
     *
     * @param attention {@code [layer, head, query, key]}, or {@code [layer, query, key]} if averaged over heads
     */
    public record Result(
            List<Integer> tokenIds, List<String> tokens, List<Integer> layers, List<Integer> heads, Tensor attention) {}

    /** The answer, one result per input. */
    public record Answer(String model, List<Result> results, Provenance provenance, List<String> warnings)
            implements AnalysisAnswer {}

    private final Session session;
    private final Query query;
    private final int[] layers;
    private final int[] heads;

    private AttentionPatterns(Session session, Query query) {
        ModelInfo info = session.model().info();
        this.session = session;
        this.query = query;
        this.layers = Selection.of("layers", query.layers, info.nLayers());
        this.heads = Selection.of("heads", query.heads, info.nHeads());
    }

    /**
     * Runs the inputs up to the last chosen layer and reads the attention of each; also its dry run.
     *
     * @throws dev.headlight.model.fault.BadSelection for layers or heads that the model lacks
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new AttentionPatterns(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        session.addAnswerSize("input", size(inputs));
        Result[] results = new Result[inputs.size()];
        for (Session.Batch batch : session.batches(inputs, n -> (long) layers.length * matrices() * n * n)) {
            List<Tensor> tensors = run(batch);
            for (int row = 0; row < tensors.size(); row++) {
                int input = batch.inputs().get(row);
                results[input] = result(inputs.get(input), tensors.get(row));
            }
        }
        return new Answer(session.model().id(), List.of(results), session.provenance(inputs), List.of());
    }

    private Result result(Encoded input, Tensor attention) {
        return new Result(
                Session.boxed(input.ids()), input.tokens(), Session.boxed(layers), Session.boxed(heads), attention);
    }

    private List<Tensor> run(Session.Batch batch) {
        HookedModel model = session.model();
        try (NDManager scratch = session.newManager()) {
            AttentionReader reader = new AttentionReader(model, query, layers, heads);
            model.forwardTo(batch.ids(scratch), reader);
            List<NDArray> stack = Arrays.stream(layers).mapToObj(reader::layer).toList();
            List<Tensor> tensors = new ArrayList<>();
            for (int row = 0; row < batch.rows().size(); row++) {
                int one = row;
                List<NDArray> layersOfRow =
                        stack.stream().map(layer -> Ops.row(layer, one)).toList();
                tensors.add(session.memory().keep(Ops.stack(layersOfRow, 0), dims()));
            }
            return tensors;
        }
    }

    private AnswerSize size(List<Encoded> inputs) {
        AnswerSize size = session.answerSize().inputs(inputs);
        for (Encoded input : inputs) {
            int[] queries = IntStream.range(0, input.length()).toArray();
            size.tensor().text(4L * (layers.length + heads.length));
            for (int layer : layers) {
                size.matrices(layer, matrices(), input.length(), queries);
            }
        }
        return size;
    }

    /** How many matrices [query, key] the answer has per layer. */
    private int matrices() {
        return query.averageHeads ? 1 : heads.length;
    }

    private String[] dims() {
        return query.averageHeads
                ? new String[] {"layer", "query", "key"}
                : new String[] {"layer", "head", "query", "key"};
    }
}
