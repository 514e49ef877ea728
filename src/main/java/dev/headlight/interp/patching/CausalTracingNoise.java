package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.intervene.action.Noise;
import dev.headlight.interp.intervene.action.SeededRandom;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The noise of causal tracing: Gaussian noise is added to the embeddings of some tokens, drawn anew for each sample. {@link
 * #noiseHooks} adds it; {@link Noise#draw} draws it.
 *
 * @param positions of the subject; negative ones count from the end
 * @param std standard deviation of the noise; null for {@link #DEFAULT_STD_MULTIPLE} times that of
 *     all embeddings of the vocabulary
 * @param samples how many noisy runs
 * @param seed of the first sample; each next sample has the next seed
 * @see <a href="https://arxiv.org/abs/2202.05262">Meng et al., 2022, section 2.1 and appendix B.1</a>
 */
public record CausalTracingNoise(
        List<Integer> positions, @Nullable Double std, int samples, long seed) {
    /** The default standard deviation of the noise as a multiple of that of the embeddings, as in the paper. */
    public static final double DEFAULT_STD_MULTIPLE = 3;

    private static final int MAX_SAMPLES = 1000; // each is a whole sweep, also in the dry run
    private static final HookName EMBED = HookName.of(Site.EMBED);
    private static final int TOKENS_PER_BATCH = 4096; // embedded at once

    /**
     * Checks the noise, for an input of {@code length} tokens.
     *
     * @return the positions, counted from the start
     * @throws BadSelection for positions that the input lacks, and for {@code samples} or {@code std} out of range
     */
    int[] checkedPositions(int length) {
        if (samples < 1 || samples > MAX_SAMPLES) {
            throw new BadSelection("noise.samples", samples, "must be 1.." + MAX_SAMPLES);
        }
        if (std != null && !(std >= 0 && std <= Float.MAX_VALUE)) {
            throw new BadSelection("noise.std", std, "must be at least 0 and fit float32");
        }
        return Selection.positions("noise.positions", positions, length);
    }

    /** The standard deviation of the noise: the requested one, or the default, for which the vocabulary is embedded. */
    double noiseStd(Session session) {
        return std == null ? DEFAULT_STD_MULTIPLE * embeddingStd(session) : std;
    }

    /** The standard deviation of all values at {@link #EMBED}, where the noise is added, over all tokens of the vocabulary. */
    private static double embeddingStd(Session session) {
        ModelInfo info = session.model().info();
        double sum = 0;
        double squares = 0;
        for (int from = 0; from < info.vocabSize(); from += TOKENS_PER_BATCH) {
            List<int[]> tokens = new ArrayList<>();
            IntStream.range(from, Math.min(info.vocabSize(), from + TOKENS_PER_BATCH))
                    .forEach(id -> tokens.add(new int[] {id}));
            try (NDManager scratch = session.newManager()) {
                Capture capture = new Capture(List.of(EMBED));
                session.model().forwardTo(HookedModel.ids(scratch, tokens), capture);
                NDArray values =
                        capture.value(EMBED).toType(DataType.FLOAT64, false).reshape(new Shape(-1));
                sum += values.sum(new int[] {0}, true).toDoubleArray()[0];
                squares += values.square().sum(new int[] {0}, true).toDoubleArray()[0];
            }
        }
        double count = (double) info.vocabSize() * info.width(Site.EMBED, 1);
        return Math.sqrt(squares / count - Math.pow(sum / count, 2));
    }

    /**
     * Hooks that draw and add the noise of one sample. They come after the interventions.
     *
     * @param noiseStd standard deviation of the noise
     * @param sample index of the sample
     * @param noisedPositions the positions that get noise
     * @param length tokens of the input
     */
    Hooks noiseHooks(Session session, double noiseStd, int sample, int[] noisedPositions, int length) {
        int width = session.model().info().width(Site.EMBED, length);
        float[] drawn = new Noise(noiseStd, new SeededRandom(seed + sample)).draw(EMBED, length, width);
        float[] added = new float[drawn.length]; // 0 at other positions
        for (int position : noisedPositions) {
            System.arraycopy(drawn, position * width, added, position * width, width);
        }
        return Hooks.changing(
                EMBED::equals,
                (name, value) -> value.add(value.getManager().create(added, new Shape(1, length, width))));
    }
}
