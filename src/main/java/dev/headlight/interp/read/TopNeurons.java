package dev.headlight.interp.read;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.metric.TopK;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Provenance;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import dev.headlight.tensor.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Finds the neurons of one hook point that are most active over all tokens of all inputs. */
public final class TopNeurons {
    /** How a neuron's values over all tokens become one number. */
    public enum Reduce {
        /** The mean. */
        MEAN,
        /** The mean of the absolute values. */
        MEAN_ABS,
        /** The largest value. */
        MAX,
        /** The smallest value. */
        MIN;

        /** The name in requests and answers. */
        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * The neurons to rank.
     *
     * @param hook a hook point whose first axis is the position
     * @param k how many neurons are listed; null for 10, or for all if there are fewer
     * @param traced whether the values of the listed neurons at every token are returned, for a figure
     */
    public record Query(HookName hook, @Nullable Integer k, Reduce reduce, boolean traced) {}

    /**
     * The token at which a neuron's value is largest (mean, max), smallest (min) or largest in magnitude (mean_abs).
     *
     * @param input index of the input in the request
     * @param value the neuron's value there
     */
    public record Peak(int input, int position, String token, float value) {}

    /**
     * One neuron.
     *
     * @param neuron its index; with several heads or experts, counted over all of them
     * @param value its values over all tokens, reduced to one number
     */
    public record Neuron(int neuron, double value, Peak peak) {}

    /**
     * The listed neurons over the tokens of one input.
     *
     * @param tokens one string per position
     * @param values [neuron, position]
     */
    public record Trace(List<String> tokens, Tensor values) {}

    /**
     * The answer: neurons in descending order of value, ties by lower index.
     *
     * @param layer null for a hook point outside of the layers
     * @param neurons indices of the listed neurons
     * @param values of the listed neurons, in the same order
     * @param top the same neurons with their peaks
     * @param traces one per input if they were requested, else empty; figures show them, and JSON does not
     */
    public record Answer(
            String model,
            @Nullable Integer layer,
            String hook,
            String reduce,
            List<Integer> neurons,
            List<Double> values,
            List<Neuron> top,
            Provenance provenance,
            List<String> warnings,
            List<Trace> traces)
            implements AnalysisAnswer {
        /** No tensors: only figures use the traces. */
        @Override
        public Map<String, Tensor> tensors() {
            return Map.of();
        }

        @Override
        public Answer with(Map<String, Tensor> others) {
            return this;
        }
    }

    private static final int BYTES_PER_NEURON = 130; // of JSON, approximately
    private static final int ANSWER_BYTES = 350; // of the rest

    private final Session session;
    private final Query query;
    private final int width;
    private final int k;
    private final NeuronStatistics statistics;
    private final List<float[]> perInput = new ArrayList<>();

    private TopNeurons(Session session, Query query) {
        Site site = query.hook.site();
        ModelInfo info = session.model().info();
        if (site.isAttention()) {
            throw new BadSelection(
                    "hook", site.shortName(), "has no neurons; choose a hook point whose first axis is the position");
        }
        this.session = session;
        this.query = query;
        this.width = info.width(site, 1) * (site.hasHeads() ? info.heads(site) : 1);
        this.k = Selection.topK("k", query.k, width);
        this.statistics = new NeuronStatistics(query.reduce, width);
    }

    /** The parts of {@link #compute} that allocate arrays, for a dry run. */
    public static void dryRun(Session session, List<Encoded> inputs, Query query) {
        TopNeurons top = new TopNeurons(session, query);
        top.run(inputs, (input, values) -> {});
        if (query.traced) {
            inputs.forEach(input -> top.trace(input, new float[top.k * input.length()]));
        }
    }

    /**
     * Runs the inputs up to the hook point and ranks its neurons.
     *
     * @throws BadSelection for a hook point without neurons, and for k outside 1..width
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new TopNeurons(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        inputs.forEach(e -> perInput.add(new float[0]));
        run(inputs, (input, values) -> {
            float[] all = values.toFloatArray();
            statistics.add(input, all);
            if (query.traced) {
                perInput.set(input, all);
            }
        });
        return rank(inputs);
    }

    /** @param reader gets the index of each input and its values [position, …] */
    private void run(List<Encoded> inputs, BiConsumer<Integer, NDArray> reader) {
        session.addAnswerSize("k", session.answerSize().text(ANSWER_BYTES + (long) k * BYTES_PER_NEURON));
        for (Session.Batch batch : session.batches(inputs, List.of(query.hook))) {
            try (NDManager scratch = session.newManager()) {
                Capture capture = new Capture(List.of(query.hook));
                session.model().forwardTo(batch.ids(scratch), capture);
                NDArray value = capture.value(query.hook); // [batch, position, …]
                for (int row = 0; row < batch.rows().size(); row++) {
                    reader.accept(batch.inputs().get(row), Ops.row(value, row));
                }
            }
        }
    }

    private Answer rank(List<Encoded> inputs) {
        double[] reduced = statistics.reduced();
        List<Neuron> top = TopK.of(reduced, k).stream()
                .map(n -> new Neuron(n, reduced[n], peak(inputs, n)))
                .toList();
        List<Integer> neurons = top.stream().map(Neuron::neuron).toList();
        HookName hook = query.hook;
        return new Answer(
                session.model().id(),
                hook.site().perLayer() ? hook.layer() : null,
                hook.site().shortName(),
                query.reduce.toString(),
                neurons,
                top.stream().map(Neuron::value).toList(),
                top,
                session.provenance(inputs),
                List.of(),
                traces(inputs, neurons));
    }

    private Peak peak(List<Encoded> inputs, int neuron) {
        int input = statistics.peakInput(neuron);
        int position = statistics.peakPosition(neuron);
        Encoded encoded = inputs.get(input);
        String token = encoded.tokens().get(position);
        if (token.isEmpty()) { // part of a character that a later token completes and displays
            token = session.model().text().token(encoded.ids()[position]);
        }
        return new Peak(input, position, token, statistics.peak(neuron));
    }

    private List<Trace> traces(List<Encoded> inputs, List<Integer> neurons) {
        List<Trace> traces = new ArrayList<>();
        if (!query.traced) {
            return traces;
        }
        for (int input = 0; input < inputs.size(); input++) {
            int positions = inputs.get(input).length();
            float[] values = new float[neurons.size() * positions];
            for (int i = 0; i < values.length; i++) {
                values[i] = perInput.get(input)[i % positions * width + neurons.get(i / positions)];
            }
            traces.add(trace(inputs.get(input), values));
        }
        return traces;
    }

    private Trace trace(Encoded input, float[] values) {
        return new Trace(
                input.tokens(), session.memory().keep(values, new long[] {k, input.length()}, "neuron", "position"));
    }
}
