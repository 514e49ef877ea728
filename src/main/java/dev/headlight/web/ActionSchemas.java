package dev.headlight.web;

import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.Described;
import dev.headlight.interp.intervene.action.SeededRandom;
import dev.headlight.interp.session.Input;
import io.swagger.v3.core.util.Yaml31;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Schemas of the actions in the OpenAPI document, derived from their records. {@code Action} lists the fields of all types, so
 * that generated clients have one class for it; its {@code then} says which of them each type has.
 */
final class ActionSchemas {
    private static final String REF = "$ref";
    private static final String TYPE = ActionDeserializer.TYPE;
    private static final String DESCRIPTION = "description";
    private static final String SCHEMAS = "#/components/schemas/";

    private ActionSchemas() {}

    /** The schema {@code Action}, and one for each type, such as {@code ZeroAction}. */
    static Map<String, Schema<?>> all() {
        Map<String, Object> schemas = new LinkedHashMap<>();
        for (Class<?> action : Action.class.getPermittedSubclasses()) {
            schemas.put(name(action), schema(action));
        }
        schemas.put("Action", anyOfThem());
        return Yaml31.mapper()
                .convertValue(
                        schemas,
                        Yaml31.mapper().getTypeFactory().constructMapType(Map.class, String.class, Schema.class));
    }

    private static String name(Class<?> action) {
        return action.getSimpleName() + "Action";
    }

    private static Map<String, Object> anyOfThem() {
        List<Map<String, ?>> oneOf = new ArrayList<>();
        Map<String, String> mapping = new LinkedHashMap<>();
        for (Class<?> action : Action.class.getPermittedSubclasses()) {
            oneOf.add(Map.of(REF, SCHEMAS + name(action)));
            mapping.put(Action.type(action), SCHEMAS + name(action));
        }
        Map<String, ?> discriminator = Map.of("propertyName", TYPE, "mapping", mapping);
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put(
                DESCRIPTION, "What is done to the chosen values. `type` says what, and which other fields there are.");
        schema.put("required", List.of(TYPE));
        schema.put("properties", fieldsOfAll(List.copyOf(mapping.keySet())));
        schema.put("if", Map.of("required", List.of(TYPE)));
        schema.put("then", Map.of("oneOf", oneOf, "discriminator", discriminator));
        return schema;
    }

    /** The fields of all types. They have no default: a client would send it with every type. */
    private static Map<String, Object> fieldsOfAll(List<String> types) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(TYPE, Map.of("type", "string", "enum", types, DESCRIPTION, "What is done."));
        for (Class<?> action : Action.class.getPermittedSubclasses()) {
            for (RecordComponent field : action.getRecordComponents()) {
                Map<String, Object> property = property(field);
                property.remove("default");
                property.put(DESCRIPTION, "Of `" + Action.type(action) + "`: " + property.get(DESCRIPTION));
                fields.merge(ProblemAdvice.snakeCase(field.getName()), property, ActionSchemas::described);
            }
        }
        return fields;
    }

    /** The schema of a field that two types have, with the descriptions of both. */
    private static Object described(Object first, Object second) {
        Map<Object, Object> both = new LinkedHashMap<>((Map<?, ?>) first);
        both.put(DESCRIPTION, both.get(DESCRIPTION) + " " + ((Map<?, ?>) second).get(DESCRIPTION));
        return both;
    }

    private static Map<String, ?> schema(Class<?> action) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>(List.of(TYPE));
        String type = Action.type(action);
        properties.put(TYPE, Map.of("type", "string", "enum", List.of(type), DESCRIPTION, "`" + type + "`."));
        for (RecordComponent field : action.getRecordComponents()) {
            String name = ProblemAdvice.snakeCase(field.getName());
            properties.put(name, property(field));
            if (ActionFieldDeserializer.isRequired(field)) {
                required.add(name);
            }
        }
        Map<String, Object> schema = described(action.getAnnotation(Described.class));
        schema.put("type", "object");
        schema.put("required", required);
        schema.put("properties", properties);
        schema.put("unevaluatedProperties", Map.of("type", "null")); // a field of another type
        return schema;
    }

    private static Map<String, Object> property(RecordComponent field) {
        Map<String, Object> property = described(field.getAnnotation(Described.class));
        if (field.getGenericType() instanceof ParameterizedType list) {
            property.put("type", "array");
            property.put("minItems", 1);
            property.put("items", Map.of("type", type(list.getActualTypeArguments()[0])));
        } else if (field.getType() == Input.class) {
            property.put(REF, SCHEMAS + "Input");
        } else if (field.getType() == SeededRandom.class) {
            property.put("type", "integer");
            property.put("format", "int64");
            property.put(DESCRIPTION, "Seed. By default a random seed, which the answer returns in `seeds`.");
        } else {
            property.put("type", type(field.getType()));
        }
        return property;
    }

    private static String type(Type number) {
        return number == Integer.class ? "integer" : "number";
    }

    private static Map<String, Object> described(@Nullable Described words) {
        Map<String, Object> schema = new LinkedHashMap<>();
        if (words == null) {
            return schema;
        }
        if (!words.value().isEmpty()) {
            schema.put(DESCRIPTION, words.value());
        }
        if (!Double.isNaN(words.defaultValue())) {
            schema.put("default", number(words.defaultValue()));
        }
        if (!Double.isNaN(words.minimum())) {
            schema.put("minimum", number(words.minimum()));
        }
        return schema;
    }

    /** A whole number without a decimal point. */
    private static Number number(double value) {
        return value == Math.rint(value) ? (Number) (long) value : (Number) value;
    }
}
