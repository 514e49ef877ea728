package dev.headlight.interp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.Encoded;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookName;
import dev.headlight.model.HookPoints;
import dev.headlight.model.HookedModel;
import dev.headlight.tensor.Kept;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Requests as the wire has them, read without the web layer, and the sessions that they run in. */
final class Requests {
    static final Limits LIMITS = new Limits(1024, 64, 1 << 28, 1 << 28);

    private Requests() {}

    static Session session(HookedModel model, Kept kept) {
        return new Session(model, LIMITS, kept, Writing.VALUES);
    }

    /** Several inputs of token ids. */
    static List<Encoded> inputs(Session session, int[]... ids) {
        return session.encode(input("input", ids), true);
    }

    static Input input(String field, int[]... ids) {
        List<Input.Prompt> prompts = new ArrayList<>();
        for (int[] one : ids) {
            prompts.add(new Input.Ids(Arrays.stream(one).asLongStream().boxed().toList()));
        }
        return new Input(field, prompts, false);
    }

    /** Runs interventions given as JSON with single quotes; the effect is read at the last position. */
    static Interventions.Answer intervene(
            Session session, Fixture f, String interventions, List<String> capture, int[]... inputs) {
        HookPoints points = f.model().hookPoints();
        return Interventions.compute(
                session,
                inputs(session, inputs),
                new Interventions.Query(
                        interventions(points, interventions),
                        points.all("capture", capture),
                        null,
                        -1,
                        null,
                        null,
                        true));
    }

    /** One input, or a list of several. */
    static Input input(String field, JsonElement json) {
        JsonArray array = json.getAsJsonArray();
        boolean single = array.isEmpty() || !array.get(0).isJsonArray();
        List<Input.Prompt> prompts = new ArrayList<>();
        for (JsonElement one : single ? List.<JsonElement>of(array) : array.asList()) {
            prompts.add(new Input.Ids(one.getAsJsonArray().asList().stream()
                    .map(JsonElement::getAsLong)
                    .toList()));
        }
        return new Input(field, prompts, single);
    }

    /** Interventions from JSON with single quotes, at the path where a request has them. */
    static List<Intervention> interventions(HookPoints points, String json) {
        return interventions(points, JsonParser.parseString(json).getAsJsonArray());
    }

    static List<Intervention> interventions(HookPoints points, JsonArray json) {
        List<Intervention> interventions = new ArrayList<>();
        for (JsonElement e : json) {
            JsonObject o = e.getAsJsonObject();
            String field = "interventions[" + interventions.size() + "]";
            Integer layer = o.has("layer") ? o.get("layer").getAsInt() : null;
            HookName hook = points.one(field + ".", o.get("hook").getAsString(), layer);
            interventions.add(new Intervention(
                    field,
                    hook,
                    integers(o, "neurons"),
                    integers(o, "heads"),
                    integers(o, "positions"),
                    integers(o, "keys"),
                    action(field + ".action", o.getAsJsonObject("action"))));
        }
        return interventions;
    }

    private static Action action(String path, JsonObject o) {
        return switch (o.get("type").getAsString()) {
            case "zero" -> new Action.Zero();
            case "mean" -> new Action.Mean(o.has("reference") ? input(path + ".reference", o.get("reference")) : null);
            case "scale" -> new Action.Scale(o.get("factor").getAsDouble());
            case "set" -> new Action.Set(o.get("value").getAsDouble());
            case "add" -> new Action.Add(doubles(o, "vector"), coefficient(o));
            case "patch" -> new Action.Patch(input(path + ".source", o.get("source")), integers(o, "source_positions"));
            case "noise" ->
                new Action.Noise(o.get("std").getAsDouble(), o.get("seed").getAsLong());
            case "freeze" -> new Action.Freeze();
            case "resample" ->
                new Action.Resample(
                        o.get("seed").getAsLong(),
                        o.has("reference") ? input(path + ".reference", o.get("reference")) : null);
            case "project_out" -> new Action.ProjectOut(doubles(o, "vector"), coefficient(o));
            case "clamp" -> new Action.Clamp(bound(o, "min"), bound(o, "max"));
            case "mask" -> new Action.Mask();
            default -> throw new IllegalArgumentException(o.toString());
        };
    }

    private static List<Double> doubles(JsonObject o, String name) {
        return o.getAsJsonArray(name).asList().stream()
                .map(JsonElement::getAsDouble)
                .toList();
    }

    private static double coefficient(JsonObject o) {
        return o.has("coefficient") ? o.get("coefficient").getAsDouble() : 1;
    }

    private static Double bound(JsonObject o, String name) {
        return o.has(name) ? o.get(name).getAsDouble() : null;
    }

    static List<Integer> integers(JsonObject o, String name) {
        return o.has(name)
                ? o.getAsJsonArray(name).asList().stream()
                        .map(JsonElement::getAsInt)
                        .toList()
                : null;
    }
}
