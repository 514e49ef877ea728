package dev.headlight.interp.heads;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.metric.TopK;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Provenance;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import dev.headlight.tensor.Wire;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The OV and QK circuits of a head, computed from weights alone: the tokens that it promotes, and those it attends to.
 *
 * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
 */
public final class HeadCircuit {
    /** One of a head's two circuits. */
    public enum Kind {
        /** Which tokens the head promotes and suppresses when it reads a token: W_E W_V W_O W_U. */
        OV,
        /** Which tokens the head attends to from a token: W_E W_Q W_Kᵀ W_Eᵀ. */
        QK;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * The head and the circuit.
     *
     * @param head a query head
     * @param topK how many tokens are listed at each end; null for 10, or for the vocabulary if it is smaller
     */
    public record Query(
            int layer, int head, Kind circuit, @Nullable Integer topK) {}

    /**
     * One token of the vocabulary and its entry in the circuit.
     *
     * @param value null if it is not finite
     */
    public record Scored(
            int tokenId, String token, @Nullable Float value) {}

    /**
     * One row of the circuit: a token that the head reads (OV) or that is the query (QK).
     *
     * @param top the tokens with the largest values, in descending order
     * @param bottom the tokens with the smallest values, in ascending order
     */
    public record Row(int tokenId, String token, List<Scored> top, List<Scored> bottom) {}

    /**
     * The circuit for the tokens of one input.
     *
     * @param rows one per token of the input
     * @param circuit its entries among the tokens of the input, {@code [source, destination]} (OV) or {@code [query, key]} (QK)
     */
    public record Result(List<Integer> tokenIds, List<String> tokens, List<Row> rows, Tensor circuit) {}

    /** The answer, one result per input. */
    public record Answer(
            String model,
            int layer,
            int head,
            String circuit,
            List<Result> results,
            Provenance provenance,
            List<String> warnings)
            implements AnalysisAnswer {}

    private static final int VALUES_AT_ONCE = 1 << 22;
    private static final int BYTES_PER_TOKEN = 60; // of JSON, approximately
    private static final int BYTES_PER_ROW = 60;

    private final Session session;
    private final HookedModel model;
    private final ModelInfo info;
    private final Query query;
    private final int topK;

    private HeadCircuit(Session session, Query query) {
        this.session = session;
        this.model = session.model();
        this.info = model.info();
        this.query = query;
        Selection.of("layer", query.layer, info.nLayers());
        Selection.of("head", query.head, info.nHeads());
        this.topK = Selection.topK("top_k", query.topK, info.vocabSize());
        if (query.circuit == Kind.OV && !model.weightAnalyses().readsLinearly()) {
            throw new BadSelection(
                    "circuit",
                    "ov",
                    "is undefined for model " + model.id()
                            + ", which has a non-linear layer between its blocks and its unembedding; qk is defined");
        }
    }

    /**
     * Computes the circuit for every input; also its dry run.
     *
     * @throws BadSelection if the model lacks the layer or head or has no OV circuits, or top_k is outside 1..vocab
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new HeadCircuit(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        AnswerSize size = session.answerSize().inputs(inputs);
        for (Encoded input : inputs) {
            long n = input.length();
            size.tensor().values(n * n).text(n * (BYTES_PER_ROW + 2L * topK * BYTES_PER_TOKEN));
        }
        session.addAnswerSize("top_k", size);
        List<Result> results = inputs.stream().map(this::result).toList();
        return new Answer(
                model.id(),
                query.layer,
                query.head,
                query.circuit.toString(),
                results,
                session.provenance(inputs),
                List.of());
    }

    private Result result(Encoded input) {
        int[] ids = input.ids();
        List<Row> rows = new ArrayList<>();
        float[] among = new float[ids.length * ids.length];
        int atOnce = Math.max(1, VALUES_AT_ONCE / info.vocabSize());
        for (int from = 0; from < ids.length; from += atOnce) {
            int[] some = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + atOnce));
            try (NDManager scratch = session.newManager()) {
                NDArray tokens =
                        scratch.create(Arrays.stream(some).asLongStream().toArray());
                NDArray values = model.section(tokens, () -> values(tokens));
                for (int row = 0; row < some.length; row++) {
                    float[] all = Ops.row(values, row).toFloatArray();
                    rows.add(row(some[row], all));
                    for (int other = 0; other < ids.length; other++) {
                        among[(from + row) * ids.length + other] = all[ids[other]];
                    }
                }
            }
        }
        boolean ov = query.circuit == Kind.OV;
        long[] shape = {ids.length, ids.length};
        Tensor circuit = session.memory().keep(among, shape, ov ? "source" : "query", ov ? "destination" : "key");
        return new Result(Session.boxed(ids), input.tokens(), rows, circuit);
    }

    /** The circuit's rows of some tokens: int64 [token] to [token, vocab]. */
    private NDArray values(NDArray tokens) {
        return query.circuit == Kind.OV
                ? model.weightAnalyses().ov(query.layer, query.head, tokens)
                : model.weightAnalyses().qk(query.layer, query.head, tokens);
    }

    private Row row(int id, float[] values) {
        double[] largest = new double[values.length];
        Arrays.setAll(largest, i -> values[i]);
        double[] smallest = new double[values.length];
        Arrays.setAll(smallest, i -> -values[i]);
        return new Row(id, model.text().token(id), scored(largest, values), scored(smallest, values));
    }

    private List<Scored> scored(double[] order, float[] values) {
        return TopK.of(order, topK).stream()
                .map(id -> new Scored(id, model.text().token(id), Float.isFinite(values[id]) ? values[id] : null))
                .toList();
    }
}
