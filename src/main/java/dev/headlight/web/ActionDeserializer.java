package dev.headlight.web;

import dev.headlight.interp.Action;
import dev.headlight.model.BadSelection;
import java.security.SecureRandom;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;

/** Reads an action by its {@code type}. */
final class ActionDeserializer extends ValueDeserializer<Action> {
    private static final String TYPES =
            "must be one of zero, mean, scale, set, add, patch, noise, freeze, resample, project_out, clamp, mask";
    private static final long SEEDS = 1L << 53; // a seed that is chosen here is exact in JavaScript too

    private final SecureRandom seeds = new SecureRandom();

    @Override
    public Action deserialize(JsonParser parser, DeserializationContext context) {
        String path = JsonFields.path(parser);
        JsonFields fields = new JsonFields(path, context.readTree(parser));
        String type = fields.text("type");
        Action action = switch (type) {
            case "zero" -> new Action.Zero();
            case "mean" -> new Action.Mean(fields.optionalInput("reference"));
            case "scale" -> new Action.Scale(fields.number("factor"));
            case "set" -> new Action.Set(fields.number("value"));
            case "add" -> new Action.Add(fields.numbers("vector"), fields.number("coefficient", 1));
            case "patch" -> new Action.Patch(fields.input("source"), fields.integers("source_positions"));
            case "noise" -> noise(path, fields);
            case "freeze" -> new Action.Freeze();
            case "resample" -> new Action.Resample(seed(fields), fields.optionalInput("reference"));
            case "project_out" -> new Action.ProjectOut(fields.numbers("vector"), fields.number("coefficient", 1));
            case "clamp" -> clamp(path, fields);
            case "mask" -> new Action.Mask();
            default -> throw new BadSelection(path + ".type", "'" + type + "'", TYPES);
        };
        fields.refuseUnknown();
        return action;
    }

    private Action noise(String path, JsonFields fields) {
        double std = fields.number("std");
        if (std < 0) {
            throw new BadSelection(path + ".std", std, "must be at least 0");
        }
        return new Action.Noise(std, seed(fields));
    }

    private long seed(JsonFields fields) {
        Long seed = fields.integer("seed");
        return seed == null ? seeds.nextLong(SEEDS) : seed;
    }

    private static Action clamp(String path, JsonFields fields) {
        Double min = fields.optionalNumber("min");
        Double max = fields.optionalNumber("max");
        if (min == null && max == null) {
            throw new BadSelection(path + ".min", "is required where max is not given");
        }
        if (min != null && max != null && min > max) {
            throw new BadSelection(path + ".min", min, "must be at most max, which is " + max);
        }
        return new Action.Clamp(min, max);
    }
}
