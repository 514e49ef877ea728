package dev.headlight.model.arch;

import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.part.Rotary;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rotary embedding of a config, with the keys of Transformers 5 ({@code rope_parameters}) or version 4
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
     * A family's defaults for what the config leaves out, and the keys that it reads.
     *
     * @param base of the wavelengths ({@code rope_theta})
     * @param part fraction of the head that is rotated
     * @param partial whether {@code partial_rotary_factor} is read
     * @param topLevel whether {@code rope_theta} and {@code partial_rotary_factor} are also read from the config itself
     * @param onlyLong whether the only scaling is longrope, also under its old names, and the original context is a key
     *     of the config itself, as in Phi-3
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

    /** @param parameters the object of the config that holds the rotary embedding, which may be empty */
    static Rotary of(Config c, Config parameters, int dHead, Defaults defaults) {
        return new Rope(c, parameters, dHead, defaults).read();
    }

    /**
     * The object that holds the parameters. As in Transformers 5, {@code rope_scaling} has precedence unless it is
     * empty.
     */
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
        RopeScaling scaling = new RopeScaling(config, parameters, defaults.onlyLong);
        return switch (defaults.onlyLong ? longOnly(type) : type) {
            case "default" -> new Rotary(rotated, base);
            case "linear" -> scaled(rotated, base, scaling.linear(), 1);
            case "dynamic" -> new Rotary(rotated, false, scaling.dynamic(rotated, base), Rotary.Scaling.NONE, 1);
            case "llama3" -> scaled(rotated, base, scaling.llama3(), 1);
            case "yarn" -> scaled(rotated, base, scaling.yarn(rotated, base), scaling.yarnFactor());
            case "longrope", "su" -> scaled(rotated, base, scaling.longrope(rotated), scaling.longropeFactor());
            default ->
                throw new ModelRefused("config.json: rope_type " + type + " is not implemented;"
                        + " there are default, linear, dynamic, llama3, yarn, longrope");
        };
    }

    private static String type(Config parameters) {
        return parameters.string("rope_type", parameters.string("type", "default"));
    }

    /** Phi-3 was published with other names for longrope. */
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

    /** A number from the parameters, or from the config itself if they lack it. */
    private double first(String key, double otherwise) {
        return parameters.number(key, defaults.topLevel ? config.number(key, otherwise) : otherwise);
    }

    /** The longest input; null if there is no limit. Dynamic scaling multiplies the training length by its factor. */
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
