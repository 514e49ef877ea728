package dev.headlight.model.arch;

import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.part.Rotary;
import java.util.function.IntToDoubleFunction;

/**
 * The ways in which a rotary embedding is scaled for longer contexts, as {@link Rope} reads them from a config.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_rope_utils.py">Transformers'
 *     modeling_rope_utils</a>
 */
final class RopeScaling {
    private final Config config;
    private final Config parameters;
    private final boolean onlyLong;

    /**
     * @param parameters the object of the config that holds the rotary embedding
     * @param onlyLong whether the original context is a key of the config itself, as in Phi-3
     */
    RopeScaling(Config config, Config parameters, boolean onlyLong) {
        this.config = config;
        this.parameters = parameters;
        this.onlyLong = onlyLong;
    }

    private double factor() {
        return parameters.number("factor");
    }

    private int maxPositions() {
        return config.size("max_position_embeddings");
    }

    /** The context that the model was trained with before it was extended. */
    private int originalPositions() {
        String key = "original_max_position_embeddings";
        if (onlyLong) {
            return config.size(key, 4096);
        }
        return config.has(key) ? config.size(key) : parameters.size(key, maxPositions());
    }

    /**
     * Position interpolation: all frequencies divided by the factor.
     *
     * @see <a href="https://arxiv.org/abs/2306.15595">Chen et al., 2023</a>
     */
    Rotary.Scaling linear() {
        double factor = factor();
        return (frequencies, positions) -> each(frequencies, f -> f / (float) factor);
    }

    /**
     * Dynamic NTK: a base that grows with the length of the input.
     *
     * @see <a href="https://arxiv.org/abs/2309.00071">Peng et al., 2023, section 3.3</a>
     */
    IntToDoubleFunction dynamic(int rotated, double base) {
        double factor = factor();
        int max = maxPositions();
        return positions -> {
            double length = Math.max(positions, max);
            return base * Math.pow(factor * length / max - (factor - 1), rotated / (rotated - 2.0));
        };
    }

    /**
     * Llama 3: long wavelengths are stretched, short ones stay, and those between are interpolated.
     *
     * @see <a href="https://arxiv.org/abs/2407.21783">Grattafiori et al., 2024, section 3.2</a>
     */
    Rotary.Scaling llama3() {
        double factor = factor();
        double low = parameters.number("low_freq_factor");
        double high = parameters.number("high_freq_factor");
        int original = originalPositions();
        return (frequencies, positions) -> each(frequencies, f -> {
            double wavelength = 2 * Math.PI / f;
            if (wavelength < original / high) {
                return f;
            }
            if (wavelength > original / low) {
                return f / (float) factor;
            }
            double smooth = (original / wavelength - low) / (high - low);
            return (float) ((1 - smooth) * f / factor + smooth * f);
        });
    }

    /**
     * YaRN: pairs that turn often within the training length stay, others are stretched, with a linear ramp between.
     *
     * @see <a href="https://arxiv.org/abs/2309.00071">Peng et al., 2023, section 3.2</a>
     */
    Rotary.Scaling yarn(int rotated, double base) {
        double factor = yarnStretch();
        double low = turnsAt(orIfZero("beta_fast", 32), rotated, base);
        double high = turnsAt(orIfZero("beta_slow", 1), rotated, base);
        boolean truncate = parameters.flag("truncate", true);
        double from = Math.max(truncate ? Math.floor(low) : low, 0);
        double bound = Math.min(truncate ? Math.ceil(high) : high, rotated - 1);
        double to = bound == from ? bound + 0.001 : bound;
        return (frequencies, positions) -> {
            float[] scaled = new float[frequencies.length];
            for (int i = 0; i < scaled.length; i++) {
                double stretched = Math.min(Math.max((i - from) / (to - from), 0), 1);
                scaled[i] = (float) (frequencies[i] / factor * stretched + frequencies[i] * (1 - stretched));
            }
            return scaled;
        };
    }

    /** The index of the pair that makes this many turns within the original context. */
    private double turnsAt(double turns, int rotated, double base) {
        return rotated * Math.log(originalPositions() / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }

    private double yarnStretch() {
        return parameters.has("factor") ? factor() : (double) maxPositions() / originalPositions();
    }

    /** The attention factor of YaRN. */
    double yarnFactor() {
        Double given = parameters.numberOrNull("attention_factor");
        if (given != null) {
            return given;
        }
        double mscale = parameters.number("mscale", 0);
        double allDim = parameters.number("mscale_all_dim", 0);
        return mscale != 0 && allDim != 0 ? mscale(mscale) / mscale(allDim) : mscale(1);
    }

    private double mscale(double mscale) {
        double stretch = yarnStretch();
        return stretch <= 1 ? 1 : 0.1 * mscale * Math.log(stretch) + 1;
    }

    private double orIfZero(String key, double otherwise) {
        double value = parameters.number(key, otherwise);
        return value == 0 ? otherwise : value;
    }

    /**
     * LongRoPE: a divisor per pair, one list for inputs within the original context and one for longer inputs.
     *
     * @see <a href="https://arxiv.org/abs/2402.13753">Ding et al., 2024</a>
     */
    Rotary.Scaling longrope(int rotated) {
        double[] brief = divisors("short_factor", rotated);
        double[] extended = divisors("long_factor", rotated);
        int original = originalPositions();
        return (frequencies, positions) -> {
            double[] divisors = positions > original ? extended : brief;
            float[] scaled = new float[frequencies.length];
            for (int i = 0; i < scaled.length; i++) {
                scaled[i] = frequencies[i] / (float) divisors[i];
            }
            return scaled;
        };
    }

    private double[] divisors(String key, int rotated) {
        double[] divisors = parameters.numbers(key);
        if (divisors.length != rotated / 2) {
            throw new ModelRefused("config.json: " + key + " of the rotary embedding has " + divisors.length
                    + " numbers and must have " + rotated / 2);
        }
        return divisors;
    }

    /** The attention factor of LongRoPE. */
    double longropeFactor() {
        Double given = parameters.numberOrNull("attention_factor");
        if (given != null) {
            return given;
        }
        double stretch = parameters.number("factor", (double) maxPositions() / originalPositions());
        return stretch <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch) / Math.log(originalPositions()));
    }

    /** Changes the frequency of one pair. */
    private interface Change {
        float of(float frequency);
    }

    private static float[] each(float[] frequencies, Change change) {
        float[] changed = new float[frequencies.length];
        for (int i = 0; i < changed.length; i++) {
            changed[i] = change.of(frequencies[i]);
        }
        return changed;
    }
}
