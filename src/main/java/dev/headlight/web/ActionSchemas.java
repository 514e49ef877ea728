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

/** Schemas of the actions in the OpenAPI document, derived from their records. */
final class ActionSchemas {
    private static final String REF = "$ref";
    private static final String SCHEMAS = "#/components/schemas/";

    private ActionSchemas() {}

    /** The schema {@code Action}, and one for each type, such as {@code ZeroAction}. */
    static Map<String, Schema<?>> all() {
        List<Map<String, ?>> oneOf = new ArrayList<>();
        Map<String, String> mapping = new LinkedHashMap<>();
        Map<String, Object> schemas = new LinkedHashMap<>();
        for (Class<?> action : Action.class.getPermittedSubclasses()) {
            String name = action.getSimpleName() + "Action";
            oneOf.add(Map.of(REF, SCHEMAS + name));
            mapping.put(Action.type(action), SCHEMAS + name);
            schemas.put(name, schema(action));
        }
        schemas.put(
                "Action",
                Map.of(
                        "description",
                        "What is done to the chosen values.",
                        "oneOf",
                        oneOf,
                        "discriminator",
                        Map.of("propertyName", ActionDeserializer.TYPE, "mapping", mapping)));
        return Yaml31.mapper()
                .convertValue(
                        schemas,
                        Yaml31.mapper().getTypeFactory().constructMapType(Map.class, String.class, Schema.class));
    }

    private static Map<String, ?> schema(Class<?> action) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>(List.of(ActionDeserializer.TYPE));
        properties.put(ActionDeserializer.TYPE, Map.of("type", "string", "const", Action.type(action)));
        for (RecordComponent field : action.getRecordComponents()) {
            String name = ProblemAdvice.snakeCase(field.getName());
            properties.put(name, property(field));
            if (ActionFieldDeserializer.isRequired(field)) {
                required.add(name);
            }
        }
        Map<String, Object> schema = new LinkedHashMap<>(described(action.getAnnotation(Described.class)));
        schema.put("type", "object");
        schema.put("additionalProperties", false);
        schema.put("required", required);
        schema.put("properties", properties);
        return schema;
    }

    private static Map<String, ?> property(RecordComponent field) {
        Map<String, Object> property = new LinkedHashMap<>(described(field.getAnnotation(Described.class)));
        if (field.getGenericType() instanceof ParameterizedType list) {
            property.put("type", "array");
            property.put("minItems", 1);
            property.put("items", Map.of("type", type(list.getActualTypeArguments()[0])));
        } else if (field.getType() == Input.class) {
            property.put(REF, SCHEMAS + "Input");
        } else if (field.getType() == SeededRandom.class) {
            property.put("type", "integer");
            property.put("format", "int64");
            property.put("description", "Seed. By default a random seed, which the answer returns in `seeds`.");
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
        if (words != null && !words.value().isEmpty()) {
            schema.put("description", words.value());
        }
        if (words != null && !Double.isNaN(words.defaultValue())) {
            schema.put("default", number(words.defaultValue()));
        }
        if (words != null && !Double.isNaN(words.minimum())) {
            schema.put("minimum", number(words.minimum()));
        }
        return schema;
    }

    /** A whole number without a decimal point. */
    private static Number number(double value) {
        return value == Math.rint(value) ? (Number) (long) value : (Number) value;
    }
}
