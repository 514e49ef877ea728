package dev.headlight.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.swagger.v3.core.util.Json31;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import java.lang.reflect.Method;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.http.ResponseEntity;

/** Documents an operation from its {@link AnalysisMapping} and its {@link Example}s. */
final class AnalysisOperations {
    /** Extension that holds the class of an operation's answer until {@link #takeAnswers} removes it. */
    private static final String ANSWER = "x-answer";

    private static final String JSON = org.springframework.http.MediaType.APPLICATION_JSON_VALUE;

    private AnalysisOperations() {}

    /** Adds summary, description, tag, examples and the answer to an operation. */
    static Operation document(Operation operation, Method method) {
        AnalysisMapping mapping = method.getAnnotation(AnalysisMapping.class);
        Class<?> answer = mapping == null ? returned(method) : mapping.answer();
        operation.addExtension(ANSWER, answer == Reply.class ? null : answer); // a picture has no schema
        if (mapping == null) {
            return operation;
        }
        MediaType body =
                Objects.requireNonNull(operation.getRequestBody().getContent().get(JSON));
        for (Example example : method.getAnnotationsByType(Example.class)) {
            body.addExamples(
                    example.name(),
                    new io.swagger.v3.oas.models.examples.Example()
                            .description(example.name())
                            .value(tree(example.value())));
        }
        operation.setResponses(new ApiResponses().addApiResponse("200", answer(mapping)));
        return operation
                .summary(mapping.summary())
                .description(mapping.description())
                .tags(List.of(mapping.tag()));
    }

    /** Returns the class of every operation's answer, and removes it from the document, which must not show Java classes. */
    static IdentityHashMap<Operation, Class<?>> takeAnswers(OpenAPI api) {
        IdentityHashMap<Operation, Class<?>> answers = new IdentityHashMap<>();
        api.getPaths().values().stream()
                .flatMap(path -> path.readOperations().stream())
                .forEach(operation -> {
                    if (operation.getExtensions().remove(ANSWER) instanceof Class<?> answer) {
                        answers.put(operation, answer);
                    }
                });
        return answers;
    }

    private static ApiResponse answer(AnalysisMapping mapping) {
        String name = OpenApiConfiguration.schemaName(mapping.answer());
        return new ApiResponse()
                .content(new Content().addMediaType(JSON, new MediaType().schema(WireSchemas.ref(name))));
    }

    /** Names the pictures at addresses of their own after those, such as {@code attentionSvg}, and leaves each its media type. */
    static void namePictures(OpenAPI api) {
        api.getPaths().forEach((path, item) -> {
            if (item.getGet() != null && path.matches(".*\\.(png|svg)")) {
                item.getGet().setOperationId(operationId(path));
                String mediaType =
                        path.endsWith(".svg") ? Format.SVG_VALUE : org.springframework.http.MediaType.IMAGE_PNG_VALUE;
                ApiResponse picture =
                        Objects.requireNonNull(item.getGet().getResponses().get("200"));
                picture.getContent().keySet().retainAll(List.of(mediaType));
            }
        });
    }

    private static String operationId(String path) {
        Matcher words = Pattern.compile("[./](\\w)").matcher(path.substring(1));
        return words.replaceAll(word -> word.group(1).toUpperCase(Locale.ROOT));
    }

    /** Class of the body that a method returns. */
    static @Nullable Class<?> returned(Method method) {
        ResolvableType type = ResolvableType.forMethodReturnType(method);
        return type.resolve() == ResponseEntity.class ? type.getGeneric(0).resolve() : type.resolve();
    }

    private static Object tree(String json) {
        try {
            return Json31.mapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("an example is not valid JSON: " + json, e);
        }
    }
}
