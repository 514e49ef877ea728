package dev.headlight.interp;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.SeededRandom;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Limits;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.WireSize;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Requests as the wire has them, read without the web layer, and the sessions that they run in. */
public final class Requests {
    static final Limits LIMITS = new Limits(1024, 64, 1 << 28, 1 << 28);

    private Requests() {}

    public static Session session(HookedModel model, AnswerMemory kept) {
        return new Session(model, LIMITS, kept, WireSize.VALUES);
    }

    /** Several inputs of token ids. */
    public static List<Encoded> inputs(Session session, int[]... ids) {
        return session.encode(input("input", ids), true);
    }

    public static Input input(String field, int[]... ids) {
        List<Input.Prompt> prompts = new ArrayList<>();
        for (int[] one : ids) {
            prompts.add(new Input.Ids(Arrays.stream(one).asLongStream().boxed().toList()));
        }
        return new Input(field, prompts, false);
    }

    /** Runs interventions given as JSON with single quotes; the effect is read at the last position. */
    public static Interventions.Answer intervene(
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
    public static Input input(String field, JsonElement json) {
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
    public static List<Intervention> interventions(HookPoints points, String json) {
        return interventions(points, JsonParser.parseString(json).getAsJsonArray());
    }

    public static List<Intervention> interventions(HookPoints points, JsonArray json) {
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

    /** An action of any type: its record's components, by their names in JSON. */
    private static Action action(String path, JsonObject o) {
        Class<?> type = Stream.of(Action.class.getPermittedSubclasses())
                .filter(action -> Action.type(action).equals(o.get("type").getAsString()))
                .findFirst()
                .orElseThrow();
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            String name = components[i].getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            types[i] = components[i].getType();
            values[i] = value(path + "." + name, components[i], o.get(name));
        }
        try {
            return (Action) type.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(o.toString(), e);
        }
    }

    private static Object value(String path, RecordComponent component, JsonElement json) {
        if (json == null) {
            return component.getName().equals("coefficient") ? 1.0 : null;
        }
        if (component.getType() == Input.class) {
            return input(path, json);
        }
        if (component.getType() == SeededRandom.class) {
            return new SeededRandom(json.getAsLong());
        }
        if (component.getType() != List.class) {
            return json.getAsDouble();
        }
        boolean whole = component.getGenericType().getTypeName().contains("Integer");
        return json.getAsJsonArray().asList().stream()
                .<Number>map(e -> whole ? (Number) e.getAsInt() : (Number) e.getAsDouble())
                .toList();
    }

    static List<Integer> integers(JsonObject o, String name) {
        return o.has(name)
                ? o.getAsJsonArray(name).asList().stream()
                        .map(JsonElement::getAsInt)
                        .toList()
                : null;
    }
}
