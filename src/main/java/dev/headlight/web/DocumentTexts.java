package dev.headlight.web;

import io.swagger.v3.core.util.Yaml31;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.media.Schema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Descriptions of fields and examples of answers in the OpenAPI document, from files on the class path. */
final class DocumentTexts {
    private static final String DESCRIPTIONS = "/openapi/descriptions.yaml";
    /** Answers of the service, abridged; a test writes them. */
    private static final String ANSWERS = "/openapi/answers.yaml";

    private static final String EXAMPLES = "#/components/examples/";
    private static final String REQUEST_ID = "5f0c1d2e3b4a59687f6e5d4c3b2a1908";

    private DocumentTexts() {}

    /** Describes every field that has no description yet: by its schema and name, or by its name. */
    static void describe(OpenAPI api) {
        Map<String, ?> descriptions = read(DESCRIPTIONS);
        api.getComponents().getSchemas().forEach((schemaName, schema) -> {
            Map<String, Schema<?>> fields = fields(schema);
            fields.forEach((name, field) -> {
                Object own = descriptions.get(schemaName + "." + name);
                Object description = own == null ? descriptions.get(name) : own;
                if (field.getDescription() == null && description != null) {
                    field.setDescription(description.toString());
                }
            });
        });
        Set<String> used = api.getPaths().values().stream()
                .flatMap(path -> path.readOperations().stream())
                .flatMap(operation -> operation.getResponses().values().stream())
                .filter(response -> response.getContent() != null)
                .flatMap(response -> response.getContent().values().stream())
                .filter(body -> body.getExamples() != null)
                .flatMap(body -> body.getExamples().keySet().stream())
                .collect(Collectors.toSet());
        Arrays.stream(Problem.Kind.values())
                .filter(kind -> used.contains(name(kind)))
                .forEach(kind -> api.getComponents().addExamples(name(kind), example(kind)));
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Map<String, Schema<?>> fields(Schema<?> schema) {
        return schema.getProperties() == null ? Map.of() : (Map) schema.getProperties();
    }

    private static Map<String, ?> read(String file) {
        try (InputStream in = DocumentTexts.class.getResourceAsStream(file)) {
            return in == null
                    ? Map.of()
                    : Yaml31.mapper().readerForMapOf(Object.class).readValue(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The answer to an operation, abridged; null if none is stored. */
    static @Nullable Object answer(String operationId) {
        return read(ANSWERS).get(operationId);
    }

    /** A reference to the example of a kind of problem. */
    static Example reference(Problem.Kind kind) {
        return new Example().$ref(EXAMPLES + name(kind));
    }

    /** The name of a kind's example, such as {@code queue-full}. */
    static String name(Problem.Kind kind) {
        return Objects.requireNonNull(kind.type().getPath()).replaceAll(".*/", "");
    }

    private static Example example(Problem.Kind kind) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", kind.type().toString());
        problem.put("title", kind.title);
        problem.put("status", kind.status);
        problem.put("detail", detail(kind));
        problem.put("request_id", REQUEST_ID);
        return new Example().summary(kind.title).value(problem);
    }

    private static String detail(Problem.Kind kind) {
        Object detail = read(DESCRIPTIONS).get("problem." + name(kind));
        return detail == null ? kind.title : detail.toString();
    }
}
