package dev.headlight.web;

import dev.headlight.interp.intervene.action.Described;
import dev.headlight.interp.intervene.action.SeededRandom;
import dev.headlight.interp.session.Input;
import dev.headlight.model.fault.BadSelection;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;

/** Reads one field of an action. An error names the field relative to the action, such as {@code vector[2]}. */
final class ActionFieldDeserializer extends ValueDeserializer<Object> {
    private final RecordComponent component;
    private final String name;
    private final InputDeserializer inputs;

    /** @param inputs reads a field that is an input */
    ActionFieldDeserializer(RecordComponent component, InputDeserializer inputs) {
        this.component = component;
        this.inputs = inputs;
        this.name = ProblemAdvice.snakeCase(component.getName());
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context) {
        Class<?> type = component.getType();
        if (type == Input.class) {
            return inputs.read(name, parser, context).at(ActionDeserializer.path(context) + "." + name);
        }
        JsonNode value = context.readTree(parser);
        if (type == SeededRandom.class) {
            return seed(value);
        }
        if (type == List.class) {
            return list(value);
        }
        if (type == double.class || type == Double.class) {
            return number(name, value);
        }
        return context.reportBadDefinition(type, "no action has a field of this type yet");
    }

    @Override
    public @Nullable Object getNullValue(DeserializationContext context) {
        return absent();
    }

    @Override
    public @Nullable Object getAbsentValue(DeserializationContext context) {
        return absent();
    }

    private @Nullable Object absent() {
        if (isRequired(component)) {
            throw new BadSelection(name, "is required");
        }
        if (component.getType() == SeededRandom.class) {
            EntityTags.seedChosen();
            return SeededRandom.chosen();
        }
        return defaultNumber(component);
    }

    /** Whether a request must have a field. Fields that may be null, that have a default, and seeds are optional. */
    static boolean isRequired(RecordComponent field) {
        return field.getType() != SeededRandom.class
                && !field.getAnnotatedType().isAnnotationPresent(Nullable.class)
                && defaultNumber(field) == null;
    }

    private static @Nullable Double defaultNumber(RecordComponent field) {
        Described described = field.getAnnotation(Described.class);
        return described == null || Double.isNaN(described.defaultValue()) ? null : (Double) described.defaultValue();
    }

    private List<Number> list(JsonNode values) {
        if (!values.isArray()) {
            throw new BadSelection(name, "must be a list");
        }
        boolean integers =
                ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0] == Integer.class;
        List<Number> list = new ArrayList<>(values.size());
        for (int i = 0; i < values.size(); i++) {
            String at = name + "[" + i + "]";
            list.add(integers ? (Number) integer(at, values.get(i)) : (Number) number(at, values.get(i)));
        }
        return list;
    }

    private static double number(String at, JsonNode value) {
        if (!value.isNumber() || !Double.isFinite((float) value.asDouble(Double.NaN))) {
            throw new BadSelection(at, "must be a finite number that fits float32");
        }
        return value.asDouble();
    }

    private static int integer(String at, JsonNode value) {
        if (!value.isInt()) {
            throw new BadSelection(at, "must be an integer of 32 bits");
        }
        return value.asInt();
    }

    private SeededRandom seed(JsonNode value) {
        if (!value.isInt() && !value.isLong()) {
            throw new BadSelection(name, "must be an integer of 64 bits");
        }
        return new SeededRandom(value.asLong());
    }
}
