package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import java.util.Arrays;
import java.util.Random;

/**
 * Adds Gaussian noise: {@code x + N(0, std²)}. The seed, the hook point and the position decide what is drawn, so that an
 * input gets the same noise alone and in a batch. {@link #draw} draws it, also for causal tracing.
 *
 * @param std standard deviation, at least 0
 * @param seed chosen at random if a request gives none
 * @see <a href="https://arxiv.org/abs/2202.05262">Meng et al., 2022, for causal tracing</a>
 */
@Described("Adds noise from N(0, std²). The seed, the hook point and the position decide what is drawn, not the batch.")
public record Noise(@Described(minimum = 0) double std, SeededRandom seed) implements Action {

    /** @throws BadSelection for a negative standard deviation */
    public Noise {
        if (std < 0) {
            throw new BadSelection("std", std, "must be at least 0");
        }
    }

    @Override
    public NDArray edit(NDArray value, EditContext context) {
        return value.add(context.slice().atPositionsOf(noise(value, context), value));
    }

    /** The noise of every position: {@code [1, axes of the site]}. */
    private NDArray noise(NDArray like, EditContext context) {
        HookSlice slice = context.slice();
        long[] shape = slice.shape();
        int elements = (int) (Arrays.stream(shape).reduce(1, (a, b) -> a * b) / slice.length());
        float[] drawn = draw(context.target().hook(), slice.length(), elements);
        if (!slice.site().isAttention()) {
            return EditContext.forEveryRow(like, drawn, shape);
        }
        return EditContext.forEveryRow(like, drawn, shape[1], shape[0], shape[2])
                .transpose(0, 2, 1, 3); // drawn query by query, for [1, head, query, key]
    }

    /**
     * Draws the noise of one input.
     *
     * @param hook the hook point that the noise is added to
     * @param positions tokens of the input
     * @param elements number of values of the hook point at one position
     * @return {@code [position, element]}, row-major
     */
    public float[] draw(HookName hook, int positions, int elements) {
        float[] values = new float[positions * elements];
        for (int position = 0; position < positions; position++) {
            Random random = seed.at(hook, position);
            for (int i = 0; i < elements; i++) {
                values[position * elements + i] = (float) (std * random.nextGaussian());
            }
        }
        return values;
    }
}
