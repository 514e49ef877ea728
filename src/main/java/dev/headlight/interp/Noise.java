package dev.headlight.interp;

import dev.headlight.model.HookName;
import java.util.Random;

/** Gaussian noise that a seed, a hook point and a position decide, whatever else is in the batch. */
final class Noise {
    private Noise() {}

    /**
     * @return [position, element] row-major
     * @param elements values of the hook point at one position
     */
    static float[] draw(Action.Noise noise, HookName hook, int positions, int elements) {
        float[] values = new float[positions * elements];
        for (int position = 0; position < positions; position++) {
            Random random = Draws.at(noise.seed(), hook, position);
            for (int i = 0; i < elements; i++) {
                values[position * elements + i] = (float) (noise.std() * random.nextGaussian());
            }
        }
        return values;
    }
}
