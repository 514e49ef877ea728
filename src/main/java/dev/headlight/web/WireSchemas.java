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
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
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
        DocumentTexts.describe(api);
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
            orEstimate(schema);
        }
    }

    /**
     * Says that a schema is that of an answer or, of a dry run, of its cost. One class holds both, and not a {@code oneOf} of
     * two: most generated clients cannot tell those apart.
     */
    private void orEstimate(Schema<?> answer) {
        Schema<?> estimate =
                Objects.requireNonNull(api.getComponents().getSchemas().get("Estimate"));
        List<String> both = List.of("provenance", "warnings");
        answer.setIf(new JsonSchema().required(List.of("fits")));
        answer.setThen(ref("Estimate"));
        answer.setElse(new JsonSchema().required(answer.getRequired()));
        answer.setRequired(both);
        estimate.getProperties().forEach((name, raw) -> {
            Schema<?> field = raw;
            if (!both.contains(name)) {
                answer.addProperty(
                        name,
                        new JsonSchema()
                                .types(field.getTypes())
                                .format(field.getFormat())
                                .description("Only of a dry run. " + field.getDescription()));
            }
        });
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
            for (RecordComponent component : record.getRecordComponents()) {
                String name = ProblemAdvice.snakeCase(component.getName());
                Schema<?> property = schema.getProperties().get(name);
                if (property != null) {
                    schema.addProperty(name, nullable(component.getAnnotatedType(), property));
                }
            }
            require(schema);
        }
    }

    /**
     * Marks every field as required. Those that are an object, a list or null depend on the first of the others: Java clients
     * generated for Gson reject a null where an object or a list is required.
     */
    private static void require(Schema<?> schema) {
        Map<Boolean, List<String>> names = schema.getProperties().keySet().stream()
                .sorted()
                .collect(Collectors.partitioningBy(name -> isObjectOrNull(
                        Objects.requireNonNull(schema.getProperties().get(name)))));
        List<String> always = Objects.requireNonNull(names.get(false));
        List<String> objectOrNull = Objects.requireNonNull(names.get(true));
        schema.setRequired(always.isEmpty() ? null : always);
        if (always.isEmpty()) {
            schema.setIf(new JsonSchema().types(Set.of("object")));
            schema.setThen(new JsonSchema().required(objectOrNull));
        } else if (!objectOrNull.isEmpty()) {
            schema.setDependentRequired(Map.of(always.get(0), objectOrNull));
        }
    }

    private static boolean isObjectOrNull(Schema<?> field) {
        return field.getAnyOf() != null
                || (field.getTypes() != null && field.getTypes().containsAll(Set.of("array", "null")));
    }

    /** The schema of a type, and of the elements of a list, that may be null where {@code @Nullable} says so. */
    private static Schema<?> nullable(AnnotatedType type, Schema<?> schema) {
        if (type instanceof AnnotatedParameterizedType list && schema.getItems() != null) {
            schema.setItems(nullable(list.getAnnotatedActualTypeArguments()[0], schema.getItems()));
        }
        return type.isAnnotationPresent(Nullable.class) ? RequestSchemas.orNull(schema) : schema;
    }
}
