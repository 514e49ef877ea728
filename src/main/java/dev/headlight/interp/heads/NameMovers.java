package dev.headlight.interp.heads;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.LogitContributions;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.ResidualRecorder;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The two factors of the name mover score at one position of one input, see {@link #position}.
 *
 * @param attention [layer · head], the attention to the answer, summed over all its positions
 * @param logit [layer · head], what the head's output adds to the answer's logit minus the foil's, with the scales of all
 *     norms frozen
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022</a>
 */
record NameMovers(float[] attention, float[] logit) {
    /**
     * Runs the input once.
     *
     * @param answer token id
     * @param foil token id; null for none
     * @throws BadSelection if the answer is not in the input
     */
    static NameMovers of(
            Session session, InterventionRun interventionRun, Encoded input, int answer, @Nullable Integer foil) {
        HookedModel model = session.model();
        int[] positions = positions(input, answer);
        int last = position(model, input);
        int heads = model.info().nHeads();
        float[] attention = new float[model.info().nLayers() * heads];
        try (NDManager scratch = session.newManager()) {
            Hooks hooks = interventionRun
                    .on(scratch, List.of(input.ids()))
                    .then(attention(last, positions, attention, heads));
            ResidualRecorder recorder = new ResidualRecorder(hooks, List.of(), new int[] {last}, false, false);
            NDArray resid = model.runBlocks(HookedModel.ids(scratch, List.of(input.ids())), recorder, null);
            model.unembedAt(resid, new int[] {last}, recorder);
            return new NameMovers(
                    attention,
                    logits(model.weightAnalyses().logitContributions(recorder, answer, foil), attention.length));
        }
    }

    /** Where the score is measured: the only mask token in a model that is not causal, otherwise the last position. */
    static int position(HookedModel model, Encoded input) {
        int[] masks = model.info().causal() ? new int[0] : Selection.masks(model, input);
        return masks.length == 1 ? masks[0] : input.length() - 1;
    }

    private static int[] positions(Encoded input, int answer) {
        int[] positions = IntStream.range(0, input.length())
                .filter(i -> input.ids()[i] == answer)
                .toArray();
        if (positions.length == 0) {
            throw new BadSelection("answer", answer, "is not in the input, where a name mover would attend to it");
        }
        return positions;
    }

    /**
     * Hooks that read the attention of the last position during a run.
     *
     * @param attention [layer · head], filled layer by layer
     */
    private static Hooks attention(int last, int[] positions, float[] attention, int heads) {
        return Hooks.reading(name -> name.site() == Site.PATTERN, (name, pattern) -> {
            double[] ofHeads = Scratch.read(() -> {
                NDArray row = Ops.slice(pattern, 2, last, last + 1); // [1, head, 1, key]
                return Ops.select(row, 3, positions)
                        .toType(DataType.FLOAT64, false)
                        .sum(new int[] {0, 2, 3}, false)
                        .toDoubleArray();
            });
            for (int head = 0; head < heads; head++) {
                attention[name.layer() * heads + head] = (float) ofHeads[head];
            }
        });
    }

    private static float[] logits(LogitContributions contributions, int size) {
        float[] logit = new float[size];
        int at = 0;
        for (LogitContributions.Layer layer : contributions.layers()) {
            for (double head : layer.heads().toDoubleArray()) { // [1, position, head], of one position
                logit[at++] = (float) head;
            }
        }
        return logit;
    }

    /** The name mover score, the product of both factors [layer · head]. */
    float[] product() {
        float[] product = new float[attention.length];
        for (int i = 0; i < product.length; i++) {
            product[i] = attention[i] * logit[i];
        }
        return product;
    }
}
