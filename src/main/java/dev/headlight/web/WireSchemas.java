package dev.headlight.web;

import dev.headlight.interp.session.AnalysisAnswer;
import io.swagger.v3.core.util.AnnotationsUtils;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Completes the schemas of the OpenAPI document: adds hand-written schemas, and marks fields of answers as required or
 * nullable.
 */
final class WireSchemas {
    private static final String FILE = "/openapi-schemas.yaml";
    private final OpenAPI api;
    private final Set<Class<?>> seen = new HashSet<>();

    private WireSchemas(OpenAPI api) {
        this.api = api;
    }

    static Schema<?> ref(String name) {
        return new JsonSchema().$ref("#/components/schemas/" + name);
    }

    /** Name of the schema of what a request for an answer gets: the answer, or the cost of a dry run. */
    static String replyName(Class<?> answer) {
        return OpenApiConfiguration.schemaName(answer).replaceFirst("Answer$", "Reply");
    }

    /** Adds the hand-written schemas and those of the actions, and completes the schema of every answer. */
    static void complete(OpenAPI api) {
        api.getComponents().getSchemas().putAll(CommonFields.read(FILE));
        api.getComponents().getSchemas().putAll(ActionSchemas.all());
        IdentityHashMap<Operation, Class<?>> answers = AnalysisOperations.takeAnswers(api);
        answers.values().stream()
                .filter(AnalysisAnswer.class::isAssignableFrom)
                .forEach(answer -> AnnotationsUtils.resolveSchemaFromType(answer, api.getComponents(), null, true));
        WireSchemas wire = new WireSchemas(api);
        answers.values().forEach(wire::nullness);
        answers.forEach(wire::optional);
        RequestSchemas.complete(api);
    }

    /** Adds the fields that an answer has only if the request asks for them. */
    private void optional(Operation operation, Class<?> answer) {
        if (!AnalysisAnswer.class.isAssignableFrom(answer)) {
            return;
        }
        Schema<?> body = Objects.requireNonNull(CommonFields.request(operation, api.getComponents()));
        Set<String> request = body.getProperties().keySet();
        Schema<?> schema =
                Objects.requireNonNull(api.getComponents().getSchemas().get(OpenApiConfiguration.schemaName(answer)));
        schema.addProperty(ReplyBody.RENDERED, ref("Rendered"));
        if (request.contains("verify")) {
            schema.addProperty("verification", ref("Verification"));
        }
        if (request.contains("compare_to")) {
            schema.addProperty(ReplyBody.COMPARISON, ref("Comparison"));
        }
        if (request.contains("dry_run")) {
            api.getComponents()
                    .addSchemas(
                            replyName(answer),
                            new JsonSchema()
                                    .description("The answer, or with `dry_run` what it would cost.")
                                    .oneOf(List.of(ref(OpenApiConfiguration.schemaName(answer)), ref("Estimate"))));
        }
    }

    /** Marks every component of an answer's records as required, and {@code @Nullable} ones as nullable. */
    private void nullness(Type type) {
        if (type instanceof ParameterizedType generic) {
            List.of(generic.getActualTypeArguments()).forEach(this::nullness);
        } else if (type instanceof Class<?> record && record.isRecord() && seen.add(record)) {
            List.of(record.getRecordComponents()).forEach(c -> nullness(c.getGenericType()));
            Schema<?> schema = api.getComponents().getSchemas().get(OpenApiConfiguration.schemaName(record));
            if (schema == null) {
                return; // only pictures use this record
            }
            schema.setRequired(List.copyOf(schema.getProperties().keySet()));
            for (RecordComponent component : record.getRecordComponents()) {
                String name = ProblemAdvice.snakeCase(component.getName());
                Schema<?> property = schema.getProperties().get(name);
                if (property != null) {
                    schema.addProperty(name, nullable(component.getAnnotatedType(), property));
                }
            }
        }
    }

    /** The schema of a type, and of the elements of a list, that may be null where {@code @Nullable} says so. */
    private static Schema<?> nullable(AnnotatedType type, Schema<?> schema) {
        if (type instanceof AnnotatedParameterizedType list && schema.getItems() != null) {
            schema.setItems(nullable(list.getAnnotatedActualTypeArguments()[0], schema.getItems()));
        }
        return type.isAnnotationPresent(Nullable.class) ? RequestSchemas.orNull(schema) : schema;
    }
}
