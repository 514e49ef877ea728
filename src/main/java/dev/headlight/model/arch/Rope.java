package dev.headlight.model.arch;

import dev.headlight.model.Config;
import dev.headlight.model.ModelRefused;
import dev.headlight.model.part.Rotary;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads a config's rotary embedding, in version 5's spelling ({@code rope_parameters}) and version 4's
 * ({@code rope_theta}, {@code rope_scaling}).
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_rope_utils.py">Transformers'
 *     modeling_rope_utils</a>
 */
final class Rope {
    private final Config config;
    private final Config parameters;
    private final int dHead;
    private final Defaults defaults;

    /**
     * What a family takes where the config is silent, and which keys it reads.
     *
     * @param part of the head that is rotated
     * @param partial whether {@code partial_rotary_factor} is read
     * @param topLevel whether {@code rope_theta} and {@code partial_rotary_factor} are read beside the parameters
     * @param onlyLong whether longrope is all there is, under old names too, and the original context a key of the config
     */
    record Defaults(double base, double part, boolean partial, boolean topLevel, boolean onlyLong) {
        static Defaults whole(double base) {
            return new Defaults(base, 1, false, true, false);
        }

        static Defaults part(double base, double part) {
            return new Defaults(base, part, true, true, false);
        }
    }

    private Rope(Config config, Config parameters, int dHead, Defaults defaults) {
        this.config = config;
        this.parameters = parameters;
        this.dHead = dHead;
        this.defaults = defaults;
    }

    static Rotary of(Config c, int dHead, Defaults defaults) {
        return of(c, parameters(c), dHead, defaults);
    }

    /** @param parameters the object that holds them, which may be empty */
    static Rotary of(Config c, Config parameters, int dHead, Defaults defaults) {
        return new Rope(c, parameters, dHead, defaults).read();
    }

    /** As Transformers 5 has it: a {@code rope_scaling} goes before {@code rope_parameters}, unless it is empty. */
    static Config parameters(Config c) {
        Config scaling = c.in("rope_scaling");
        return scaling.isEmpty() ? c.in("rope_parameters") : scaling;
    }

    private Rotary read() {
        int rotated = (int) (dHead * part());
        if (rotated < 2 || rotated > dHead || rotated % 2 != 0) {
            throw new ModelRefused("config.json: " + rotated + " of " + dHead
                    + " coordinates of a head cannot be rotated in pairs (partial_rotary_factor)");
        }
        double base = first("rope_theta", defaults.base);
        String type = type(parameters);
        return switch (defaults.onlyLong ? longOnly(type) : type) {
            case "default" -> new Rotary(rotated, base);
            case "linear" -> scaled(rotated, base, linear(factor()), 1);
            case "dynamic" -> new Rotary(rotated, false, dynamic(rotated, base), Rotary.Scaling.NONE, 1);
            case "llama3" -> scaled(rotated, base, llama3(), 1);
            case "yarn" -> scaled(rotated, base, yarn(rotated, base), yarnFactor());
            case "longrope", "su" -> scaled(rotated, base, longrope(rotated), longropeFactor());
            default ->
                throw new ModelRefused("config.json: rope_type " + type + " is not implemented;"
                        + " there are default, linear, dynamic, llama3, yarn, longrope");
        };
    }

    private static String type(Config parameters) {
        return parameters.string("rope_type", parameters.string("type", "default"));
    }

    /** Phi-3 was published with other names for it. */
    private static String longOnly(String type) {
        return switch (type) {
            case "default" -> type;
            case "su", "yarn", "longrope" -> "longrope";
            default -> throw new ModelRefused("config.json: rope_type " + type + " is not implemented for this family");
        };
    }

    private double part() {
        double part = first("partial_rotary_factor", defaults.part);
        if (!defaults.partial && part != 1) {
            throw new ModelRefused(
                    "config.json: partial_rotary_factor " + part + " is not implemented for this family");
        }
        return part;
    }

    private static Rotary scaled(int rotated, double base, Rotary.Scaling scaling, double attentionFactor) {
        return new Rotary(rotated, false, positions -> base, scaling, attentionFactor);
    }

    /** From the parameters, else from the config itself. */
    private double first(String key, double otherwise) {
        return parameters.number(key, defaults.topLevel ? config.number(key, otherwise) : otherwise);
    }

    private double factor() {
        return parameters.number("factor");
    }

    private int maxPositions() {
        return config.size("max_position_embeddings");
    }

    /** Positions that the model was trained with before its context was stretched. */
    private int originalPositions() {
        String key = "original_max_position_embeddings";
        if (defaults.onlyLong) {
            return config.size(key, 4096);
        }
        return config.has(key) ? config.size(key) : parameters.size(key, maxPositions());
    }

    /** @see <a href="https://arxiv.org/abs/2306.15595">Chen et al., 2023</a> */
    private static Rotary.Scaling linear(double factor) {
        return (frequencies, positions) -> each(frequencies, f -> f / (float) factor);
    }

    /** @see <a href="https://arxiv.org/abs/2309.00071">Peng et al., 2023, section 3.3</a> */
    private IntToDoubleFunction dynamic(int rotated, double base) {
        double factor = factor();
        int max = maxPositions();
        return positions -> {
            double length = Math.max(positions, max);
            return base * Math.pow(factor * length / max - (factor - 1), rotated / (rotated - 2.0));
        };
    }

    /** @see <a href="https://arxiv.org/abs/2407.21783">Grattafiori et al., 2024, section 3.2</a> */
    private Rotary.Scaling llama3() {
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

    /** @see <a href="https://arxiv.org/abs/2309.00071">Peng et al., 2023, section 3.2</a> */
    private Rotary.Scaling yarn(int rotated, double base) {
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

    /** The pair that turns so often within the original context. */
    private double turnsAt(double turns, int rotated, double base) {
        return rotated * Math.log(originalPositions() / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }

    private double yarnStretch() {
        return parameters.has("factor") ? factor() : (double) maxPositions() / originalPositions();
    }

    private double yarnFactor() {
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

    /** @see <a href="https://arxiv.org/abs/2402.13753">Ding et al., 2024</a> */
    private Rotary.Scaling longrope(int rotated) {
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

    private double longropeFactor() {
        Double given = parameters.numberOrNull("attention_factor");
        if (given != null) {
            return given;
        }
        double stretch = parameters.number("factor", (double) maxPositions() / originalPositions());
        return stretch <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch) / Math.log(originalPositions()));
    }

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

    /** Most positions of one input: dynamic scaling serves so many times as many as the model was trained with. */
    static @Nullable Integer context(Config c) {
        if (!c.has("max_position_embeddings")) {
            return null;
        }
        int max = c.size("max_position_embeddings");
        Config parameters = parameters(c);
        return type(parameters).equals("dynamic")
                ? (int) Math.min(max * parameters.number("factor"), Integer.MAX_VALUE)
                : max;
    }
}
