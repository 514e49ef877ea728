package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Capture;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Provenance;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The neurons of one hook point that are most active over every token of every input. */
public final class TopNeurons {
    /** How a neuron's values over all tokens become one. */
    public enum Reduce {
        MEAN,
        MEAN_ABS,
        MAX,
        MIN;

        /** As on the wire. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param k null for 10, or for all where there are fewer
     * @param traced whether the chosen neurons' values at every token are kept, for a picture
     */
    public record Query(HookName hook, @Nullable Integer k, Reduce reduce, boolean traced) {}

    /** The token where a neuron's value is largest (mean, max), smallest (min) or of largest magnitude (mean_abs). */
    public record Peak(int input, int position, String token, float value) {}

    public record Neuron(int neuron, double value, Peak peak) {}

    /** @param tokens of the input, one string a position */
    public record Trace(List<String> tokens, Tensor values) {}

    /**
     * Neurons sorted by value, largest first, ties by lower index.
     *
     * @param traces where asked for: the chosen neurons over the tokens of each input, [neuron, position]
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
            implements Analysis {
        /** None: the traces are only drawn. */
        @Override
        public Map<String, Tensor> tensors() {
            return Map.of();
        }

        @Override
        public Answer with(Map<String, Tensor> others) {
            return this;
        }
    }

    private static final int BYTES_PER_NEURON = 130; // of JSON, about
    private static final int ANSWER_BYTES = 350; // beside them

    private final Session session;
    private final Query query;
    private final int width;
    private final int k;
    private final double[] total;
    private final float[] best;
    private final float[] peak;
    private final int[] bestInput;
    private final int[] bestPosition;
    private final List<float[]> perInput = new ArrayList<>();
    private long tokens;

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
        this.total = new double[width];
        this.best = new float[width];
        this.peak = new float[width];
        this.bestInput = new int[width];
        this.bestPosition = new int[width];
        Arrays.fill(best, Float.NEGATIVE_INFINITY);
    }

    /** All of it that makes arrays, for {@link Session#rehearse}. */
    public static void rehearse(Session session, List<Encoded> inputs, Query query) {
        TopNeurons top = new TopNeurons(session, query);
        top.run(inputs, (input, values) -> {});
        if (query.traced) {
            inputs.forEach(input -> top.trace(input, new float[top.k * input.length()]));
        }
    }

    /** @throws BadSelection for a hook without neurons, or k outside 1..width */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new TopNeurons(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        inputs.forEach(e -> perInput.add(new float[0]));
        run(inputs, (input, values) -> add(input, values.toFloatArray()));
        return rank(inputs);
    }

    /** @param reader gets the values of each input (position, …) */
    private void run(List<Encoded> inputs, BiConsumer<Integer, NDArray> reader) {
        session.answers("k", session.answerSize().text(ANSWER_BYTES + (long) k * BYTES_PER_NEURON));
        for (Session.Batch batch : session.batches(inputs, List.of(query.hook))) {
            try (NDManager scratch = session.newManager()) {
                Capture capture = new Capture(List.of(query.hook));
                session.model().forwardTo(batch.ids(scratch), capture);
                NDArray value = capture.value(query.hook); // (batch, position, …)
                for (int row = 0; row < batch.rows().size(); row++) {
                    reader.accept(batch.inputs().get(row), Ops.row(value, row));
                }
            }
        }
    }

    /** @param values [position, neuron] of one input */
    private void add(int input, float[] values) {
        if (query.traced) {
            perInput.set(input, values);
        }
        for (int i = 0; i < values.length; i++) {
            int neuron = i % width;
            float value = values[i];
            total[neuron] += query.reduce == Reduce.MEAN_ABS ? Math.abs(value) : value;
            float score = score(value);
            boolean earlier = score == best[neuron] && input < bestInput[neuron]; // batches come in any order
            if (score > best[neuron] || earlier) {
                best[neuron] = score;
                peak[neuron] = value;
                bestInput[neuron] = input;
                bestPosition[neuron] = i / width;
            }
        }
        tokens += values.length / width;
    }

    private float score(float value) {
        return switch (query.reduce) {
            case MEAN, MAX -> value;
            case MIN -> -value;
            case MEAN_ABS -> Math.abs(value);
        };
    }

    private Answer rank(List<Encoded> inputs) {
        double[] reduced = new double[width];
        for (int n = 0; n < width; n++) {
            reduced[n] = switch (query.reduce) {
                case MEAN, MEAN_ABS -> total[n] / tokens;
                case MAX -> best[n];
                case MIN -> -best[n];
            };
        }
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
        int input = bestInput[neuron];
        int position = bestPosition[neuron];
        Encoded encoded = inputs.get(input);
        String token = encoded.tokens().get(position);
        if (token.isEmpty()) { // the beginning of a character, which stands at a later token
            token = session.model().text().token(encoded.ids()[position]);
        }
        return new Peak(input, position, token, peak[neuron]);
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
                input.tokens(), session.kept().keep(values, new long[] {k, input.length()}, "neuron", "position"));
    }
}
