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
import java.util.Objects;
import java.util.Set;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.bind.annotation.PostMapping;

/** Documents every form and every error of an operation. */
final class ApiAnswers {
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
            Problem.Kind.INTERNAL_ERROR,
            Problem.Kind.NOT_READY);

    private ApiAnswers() {}

    static Operation document(Operation operation, Method method) {
        PostMapping post = AnnotatedElementUtils.findMergedAnnotation(method, PostMapping.class);
        ApiResponse ok =
                Objects.requireNonNull(operation.getResponses().get("200")).description("The answer.");
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
        (post == null ? OF_READS : OF_ANALYSES)
                .forEach(kind -> operation.getResponses().addApiResponse(String.valueOf(kind.status), problem(kind)));
        return operation;
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

    private static ApiResponse problem(Problem.Kind kind) {
        ApiResponse response = new ApiResponse()
                .description(kind.title + " (`" + kind.type() + "`).")
                .content(new Content()
                        .addMediaType("application/problem+json", new MediaType().schema(WireSchemas.ref("Problem"))));
        if (kind == Problem.Kind.QUEUE_FULL) {
            response.addHeaderObject(
                    "Retry-After", new Header().description("Seconds to wait.").schema(integer()));
        }
        return response;
    }
}
