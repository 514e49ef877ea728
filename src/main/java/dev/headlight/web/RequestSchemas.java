package dev.headlight.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.swagger.v3.core.util.Json31;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * States in the schemas of requests what holds for all of them: a field that may be left out may also be null, which means the
 * same; other fields than those listed are refused.
 */
final class RequestSchemas {
    private static final String NULL = "null";
    /** Schemas that take a value of any type, see {@code openapi-schemas.yaml}. */
    private static final Set<String> OF_ANY_TYPE = Set.of("Input", "Token");

    /** Lists that select something: all, if they are left out. */
    private static final Set<String> NEVER_EMPTY =
            Set.of("layers", "heads", "positions", "neurons", "keys", "scores", "receivers");

    private final Map<String, Schema<?>> schemas;
    private final Set<String> seen = new HashSet<>();

    @SuppressWarnings({"unchecked", "rawtypes"})
    private RequestSchemas(OpenAPI api) {
        this.schemas = (Map) api.getComponents().getSchemas();
    }

    /** Completes the schema of every request, and those that it leads to. */
    static void complete(OpenAPI api) {
        RequestSchemas requests = new RequestSchemas(api);
        for (PathItem path : api.getPaths().values()) {
            for (Operation operation : path.readOperations()) {
                requests.complete(CommonFields.request(operation, api.getComponents()));
            }
        }
    }

    private void complete(@Nullable Schema<?> schema) {
        if (schema == null) {
            return;
        }
        if (schema.get$ref() != null) {
            String name = schema.get$ref().replaceAll(".*/", "");
            if (seen.add(name)) {
                complete(schemas.get(name));
            }
            return;
        }
        parts(schema).forEach(this::complete);
        if (schema.getProperties() != null) {
            if (schema.getUnevaluatedProperties() == null) {
                schema.setAdditionalProperties(false);
            }
            completeFields(schema);
        }
    }

    /** The schemas below a schema. */
    private static List<Schema<?>> parts(Schema<?> schema) {
        List<Schema<?>> parts = new ArrayList<>();
        parts.add(schema.getItems());
        parts.add(schema.getThen());
        parts.add(schema.getElse());
        for (List<?> list : new List<?>[] {schema.getOneOf(), schema.getAnyOf()}) {
            if (list != null) {
                list.forEach(part -> parts.add((Schema<?>) part));
            }
        }
        if (schema.getProperties() != null) {
            schema.getProperties().values().forEach(parts::add);
        }
        return parts;
    }

    private static void completeFields(Schema<?> schema) {
        List<String> required = Objects.requireNonNullElse(schema.getRequired(), List.of());
        for (String name : List.copyOf(schema.getProperties().keySet())) {
            Schema<?> field = Objects.requireNonNull(schema.getProperties().get(name));
            typedDefault(field);
            if (NEVER_EMPTY.contains(name) && field.getItems() != null) {
                field.setMinItems(1);
            }
            if (!required.contains(name)) {
                schema.addProperty(name, orNull(field));
            }
        }
    }

    /** Annotations give a default as text. */
    private static void typedDefault(Schema<?> field) {
        Set<String> types = Objects.requireNonNullElse(field.getTypes(), Set.of());
        if (field.getDefault() instanceof String text && !types.contains("string")) {
            try {
                field.setDefault(Json31.mapper().readTree(text));
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException("a default is not valid JSON: " + text, e);
            }
        }
    }

    /** The schema of a field that may also be null. */
    static Schema<?> orNull(Schema<?> field) {
        if (field.get$ref() == null) {
            field.addType(NULL);
            if (field.getEnum() != null) {
                field.addEnumItemObject(null);
            }
            return field;
        }
        Schema<?> nullSchema = new JsonSchema().types(Set.of(NULL));
        String name = field.get$ref().replaceAll(".*/", "");
        Schema<?> either = OF_ANY_TYPE.contains(name)
                ? new JsonSchema()._if(nullSchema)._else(WireSchemas.ref(name))
                : new JsonSchema().anyOf(List.of(WireSchemas.ref(name), nullSchema));
        if (field.getExample() != null) {
            either.setExample(field.getExample());
        }
        return either.description(field.getDescription());
    }
}
