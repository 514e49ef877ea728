package dev.headlight.web;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;

/** Documents every media type and every error status of an operation in the OpenAPI document. */
final class ApiAnswers {
    private static final List<Problem.Kind> OF_ALL = List.of(
            Problem.Kind.UNAUTHORIZED,
            Problem.Kind.FORBIDDEN,
            Problem.Kind.MISDIRECTED_REQUEST,
            Problem.Kind.REQUEST_HEADER_FIELDS_TOO_LARGE,
            Problem.Kind.TOO_MANY_REQUESTS,
            Problem.Kind.METHOD_NOT_ALLOWED,
            Problem.Kind.NOT_ACCEPTABLE,
            Problem.Kind.INTERNAL_ERROR,
            Problem.Kind.NOT_READY);
    private static final List<Problem.Kind> OF_BODIES = List.of(
            Problem.Kind.UNREADABLE_BODY,
            Problem.Kind.BODY_TOO_SLOW,
            Problem.Kind.TOO_LARGE,
            Problem.Kind.UNSUPPORTED_MEDIA_TYPE,
            Problem.Kind.INVALID_REQUEST,
            Problem.Kind.QUEUE_FULL);
    private static final List<Problem.Kind> OF_PICTURES = List.of(
            Problem.Kind.UNKNOWN_MODEL,
            Problem.Kind.TOO_LARGE,
            Problem.Kind.INVALID_REQUEST,
            Problem.Kind.QUEUE_FULL,
            Problem.Kind.MEMORY_FULL,
            Problem.Kind.DEADLINE);
    private static final List<Problem.Kind> OF_LOADING =
            List.of(Problem.Kind.TOO_LARGE, Problem.Kind.INVALID_REQUEST, Problem.Kind.MEMORY_FULL);
    private static final String EVENTS =
            "Server-sent events, see the description of the operation. The data of each is JSON in one line; the last event is "
                    + "`answer`, whose data is what `application/json` holds. A refused request gets a problem document.";
    private static final Map<String, String> SUCCESSES =
            Map.of("200", "The answer.", "202", "The work has started.", "204", "Done.");

    private ApiAnswers() {}

    static Operation document(Operation operation, Method method) {
        RequestMapping post = post(method);
        SUCCESSES.forEach((status, meaning) -> {
            ApiResponse success = operation.getResponses().get(status);
            if (success != null) {
                complete(success.description(meaning), method, post);
            }
        });
        if (isPicture(method)) {
            picture(operation, method);
        }
        problems(operation, method, post).stream()
                .collect(Collectors.groupingBy(kind -> kind.status, TreeMap::new, Collectors.toList()))
                .forEach((status, kinds) ->
                        operation.getResponses().addApiResponse(String.valueOf(status), problem(kinds)));
        example(operation);
        return operation;
    }

    /** Adds the stored answer to what a successful request gets. */
    private static void example(Operation operation) {
        Object answer = DocumentTexts.answer(operation.getOperationId());
        SUCCESSES.keySet().stream()
                .map(operation.getResponses()::get)
                .filter(success -> success != null && success.getContent() != null && answer != null)
                .map(success -> success.getContent().get(org.springframework.http.MediaType.APPLICATION_JSON_VALUE))
                .filter(Objects::nonNull)
                .forEach(json -> json.addExamples(
                        "abridged",
                        new Example().summary("An answer, its lists cut short.").value(answer)));
    }

    /** Mapping of a method that answers POST requests; null for other methods. */
    private static @Nullable RequestMapping post(Method method) {
        RequestMapping mapping = AnnotatedElementUtils.findMergedAnnotation(method, RequestMapping.class);
        return mapping != null && List.of(mapping.method()).contains(RequestMethod.POST) ? mapping : null;
    }

    private static void complete(ApiResponse success, Method method, @Nullable RequestMapping post) {
        success.addHeaderObject(
                RequestLog.HEADER,
                new Header().description("Id of the request, also in the log.").schema(string()));
        success.addHeaderObject(
                ApiVersion.HEADER,
                new Header().description("Version of the API.").schema(string()));
        if (post != null) {
            for (String mediaType : post.produces()) {
                if (!success.getContent().containsKey(mediaType)) {
                    success.getContent().addMediaType(mediaType, new MediaType().schema(binary(mediaType)));
                }
            }
            if (streams(method, post)) {
                Schema<?> events = string().description(EVENTS);
                success.getContent()
                        .addMediaType(
                                org.springframework.http.MediaType.TEXT_EVENT_STREAM_VALUE,
                                new MediaType().schema(events));
            }
        }
    }

    /** Whether a method answers GET with a picture. */
    private static boolean isPicture(Method method) {
        return AnalysisOperations.returned(method) == Reply.class && method.isAnnotationPresent(GetMapping.class);
    }

    private static void picture(Operation operation, Method method) {
        Content content = new Content();
        GetMapping mapping = method.getAnnotation(GetMapping.class);
        for (String mediaType : mapping.produces()) {
            String ending = mediaType.equals(Format.SVG_VALUE) ? ".svg" : ".png";
            String path = Stream.of(mapping.path())
                    .filter(p -> p.endsWith(ending))
                    .findFirst()
                    .orElseThrow();
            Example drawn = new Example()
                    .summary("What this address draws.")
                    .externalValue(path + "?input=The%20capital%20of%20France%20is&layer=3");
            content.addMediaType(
                    mediaType, new MediaType().schema(binary(mediaType)).addExamples("by address", drawn));
        }
        ApiResponse success = new ApiResponse().description("The picture.").content(content);
        complete(success, method, null);
        success.addHeaderObject(
                HttpHeaders.ETAG,
                new Header()
                        .description("Of a picture that is always the same.")
                        .schema(string()));
        operation.getResponses().addApiResponse("200", success);
        operation
                .getResponses()
                .addApiResponse("304", new ApiResponse().description("The picture that `If-None-Match` names."));
    }

    /** Whether another method of the same class answers the same path with events. */
    private static boolean streams(Method method, RequestMapping post) {
        return Stream.of(method.getDeclaringClass().getDeclaredMethods())
                .map(other -> AnnotatedElementUtils.findMergedAnnotation(other, RequestMapping.class))
                .anyMatch(other -> other != null
                        && List.of(other.path()).equals(List.of(post.path()))
                        && List.of(other.produces())
                                .contains(org.springframework.http.MediaType.TEXT_EVENT_STREAM_VALUE));
    }

    private static List<Problem.Kind> problems(Operation operation, Method method, @Nullable RequestMapping post) {
        boolean hasBody = operation.getRequestBody() != null;
        List<Problem.Kind> kinds = new ArrayList<>(OF_ALL);
        boolean hasId = Stream.of(method.getParameters()).anyMatch(p -> p.isAnnotationPresent(PathVariable.class));
        if (hasId || (hasBody && operation.getResponses().containsKey("200"))) {
            kinds.add(Problem.Kind.UNKNOWN_MODEL);
        }
        if (isPicture(method)) {
            kinds.addAll(OF_PICTURES);
        }
        if (post != null && !hasBody) {
            kinds.addAll(OF_LOADING);
        } else if (hasBody) {
            kinds.addAll(OF_BODIES);
            if (operation.getResponses().containsKey("200")) {
                kinds.addAll(List.of(Problem.Kind.MEMORY_FULL, Problem.Kind.DEADLINE));
            }
        } else if (AnnotatedElementUtils.hasAnnotation(method, DeleteMapping.class)) {
            kinds.add(Problem.Kind.INVALID_REQUEST);
        }
        return kinds;
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
        MediaType json = new MediaType().schema(WireSchemas.ref("Problem"));
        kinds.forEach(kind -> json.addExamples(DocumentTexts.name(kind), DocumentTexts.reference(kind)));
        ApiResponse response = new ApiResponse()
                .description(description)
                .content(new Content().addMediaType("application/problem+json", json));
        if (kinds.contains(Problem.Kind.TOO_MANY_REQUESTS)) { // as all of this status
            response.addHeaderObject(
                    "Retry-After", new Header().description("Seconds to wait.").schema(integer()));
        }
        return response;
    }
}
