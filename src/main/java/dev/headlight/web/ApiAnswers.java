package dev.headlight.web;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.bind.annotation.PostMapping;

/** Documents every form and every error of an operation. */
final class ApiAnswers {
    private static final String ANALYSES = "Analyses"; // the tag of all that can be rehearsed

    private static final List<Problem.Kind> OF_READS = List.of(
            Problem.Kind.METHOD_NOT_ALLOWED,
            Problem.Kind.NOT_ACCEPTABLE,
            Problem.Kind.INTERNAL_ERROR,
            Problem.Kind.NOT_READY);
    private static final List<Problem.Kind> OF_ANALYSES = List.of(
            Problem.Kind.UNREADABLE_BODY,
            Problem.Kind.UNKNOWN_MODEL,
            Problem.Kind.METHOD_NOT_ALLOWED,
            Problem.Kind.NOT_ACCEPTABLE,
            Problem.Kind.TOO_LARGE,
            Problem.Kind.UNSUPPORTED_MEDIA_TYPE,
            Problem.Kind.INVALID_REQUEST,
            Problem.Kind.QUEUE_FULL,
            Problem.Kind.MEMORY_FULL,
            Problem.Kind.INTERNAL_ERROR,
            Problem.Kind.NOT_READY);
    private static final List<Problem.Kind> OF_ONE_MODEL = List.of(
            Problem.Kind.UNKNOWN_MODEL,
            Problem.Kind.METHOD_NOT_ALLOWED,
            Problem.Kind.NOT_ACCEPTABLE,
            Problem.Kind.INTERNAL_ERROR,
            Problem.Kind.NOT_READY);
    private static final List<Problem.Kind> OF_LOADING = List.of(
            Problem.Kind.UNKNOWN_MODEL,
            Problem.Kind.METHOD_NOT_ALLOWED,
            Problem.Kind.NOT_ACCEPTABLE,
            Problem.Kind.TOO_LARGE,
            Problem.Kind.INVALID_REQUEST,
            Problem.Kind.MEMORY_FULL,
            Problem.Kind.INTERNAL_ERROR,
            Problem.Kind.NOT_READY);

    private ApiAnswers() {}

    static Operation document(Operation operation, Method method) {
        PostMapping post = AnnotatedElementUtils.findMergedAnnotation(method, PostMapping.class);
        ApiResponse ok = operation.getResponses().entrySet().stream()
                .filter(e -> e.getKey().startsWith("2"))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow();
        ok.description(ok.getContent() == null ? "Done." : "The answer.");
        ok.addHeaderObject(
                RequestLog.HEADER,
                new Header().description("Id of the request, as in the log.").schema(string()));
        if (post != null) {
            for (String form : post.produces()) {
                if (!ok.getContent().containsKey(form)) {
                    ok.getContent().addMediaType(form, new MediaType().schema(binary(form)));
                }
            }
        }
        if (operation.getTags().contains(ANALYSES)) {
            MediaType json = ok.getContent().get(org.springframework.http.MediaType.APPLICATION_JSON_VALUE);
            json.schema(new JsonSchema().oneOf(List.of(json.getSchema(), WireSchemas.ref("Estimate"))));
        }
        problems(operation, post).stream()
                .collect(Collectors.groupingBy(kind -> kind.status, TreeMap::new, Collectors.toList()))
                .forEach((status, kinds) ->
                        operation.getResponses().addApiResponse(String.valueOf(status), problem(kinds)));
        return operation;
    }

    private static List<Problem.Kind> problems(Operation operation, @Nullable PostMapping post) {
        boolean ofOne = operation.getParameters() != null
                && operation.getParameters().stream().anyMatch(p -> "path".equals(p.getIn()));
        if (ofOne) {
            return post == null ? OF_ONE_MODEL : OF_LOADING;
        }
        return post == null ? OF_READS : OF_ANALYSES;
    }

    private static Schema<?> binary(String mediaType) {
        return mediaType.equals(Format.SVG_VALUE) ? string() : string().format("binary");
    }

    private static Schema<?> string() {
        return new JsonSchema().types(Set.of("string"));
    }

    private static Schema<?> integer() {
        return new JsonSchema().types(Set.of("integer"));
    }

    private static ApiResponse problem(List<Problem.Kind> kinds) {
        String description = kinds.stream()
                .map(kind -> kind.title + " (`" + kind.type() + "`).")
                .collect(Collectors.joining(" "));
        ApiResponse response = new ApiResponse()
                .description(description)
                .content(new Content()
                        .addMediaType("application/problem+json", new MediaType().schema(WireSchemas.ref("Problem"))));
        if (kinds.contains(Problem.Kind.QUEUE_FULL) || kinds.contains(Problem.Kind.MEMORY_FULL)) {
            response.addHeaderObject(
                    "Retry-After", new Header().description("Seconds to wait.").schema(integer()));
        }
        return response;
    }
}
