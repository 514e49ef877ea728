package dev.headlight.web;

import dev.headlight.model.BadSelection;
import dev.headlight.model.ModelRefused;
import dev.headlight.model.TooLarge;
import dev.headlight.model.UnknownModel;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import org.springframework.web.util.DisconnectedClientHelper;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Turns whatever goes wrong into a problem document (RFC 9457); the one place that maps errors to statuses. */
@RestControllerAdvice
class ProblemAdvice {
    private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);

    @ExceptionHandler
    ResponseEntity<Problem> badSelection(BadSelection e) {
        return invalid(e.field(), e.getMessage());
    }

    @ExceptionHandler
    ResponseEntity<Problem> modelRefused(ModelRefused e) {
        return invalid("model", "cannot be loaded: " + e.getMessage());
    }

    @ExceptionHandler
    ResponseEntity<Problem> tooLarge(TooLarge e) {
        return problem(
                Problem.Kind.TOO_LARGE,
                e.field() + ": " + e.getMessage(),
                List.of(new Problem.FieldError(e.field(), e.getMessage())));
    }

    @ExceptionHandler
    ResponseEntity<Problem> unknownModel(UnknownModel e) {
        return problem(
                Problem.Kind.UNKNOWN_MODEL,
                "model: " + e.getMessage(),
                List.of(new Problem.FieldError("model", e.getMessage())));
    }

    @ExceptionHandler
    ResponseEntity<Problem> queueFull(Workers.QueueFull e) {
        return ResponseEntity.status(Problem.Kind.QUEUE_FULL.status)
                .header(HttpHeaders.RETRY_AFTER, "1")
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(Problem.of(Problem.Kind.QUEUE_FULL, e.getMessage() + "; try again after a second", List.of()));
    }

    /** A field that the declarations of the request rule out. */
    @ExceptionHandler
    ResponseEntity<Problem> notValid(MethodArgumentNotValidException e) {
        List<Problem.FieldError> errors = e.getFieldErrors().stream()
                .map(f -> new Problem.FieldError(snakeCase(f.getField()), f.getDefaultMessage()))
                .sorted(Comparator.comparing(Problem.FieldError::field))
                .toList();
        return problem(Problem.Kind.INVALID_REQUEST, joined(errors), errors);
    }

    static String snakeCase(String field) {
        return field.replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    @ExceptionHandler
    ResponseEntity<Problem> unreadable(HttpMessageNotReadableException e) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof BadSelection bad) {
                return badSelection(bad);
            }
            if (cause instanceof BodyLimit.BodyTooLarge large) {
                return problem(Problem.Kind.TOO_LARGE, large.getMessage(), List.of());
            }
        }
        if (e.getCause() instanceof JacksonException json
                && !(isMalformed(json))
                && !path(json).isEmpty()) {
            return invalid(path(json), message(json));
        }
        return problem(
                Problem.Kind.UNREADABLE_BODY,
                "the body is no JSON object that can be read" + where(e.getCause()),
                List.of());
    }

    private static boolean isMalformed(JacksonException e) {
        return (e instanceof StreamReadException && !(e instanceof InputCoercionException))
                || e instanceof StreamConstraintsException;
    }

    private static String where(@Nullable Throwable cause) {
        if (cause instanceof JacksonException json
                && json.getLocation() != null
                && json.getLocation().getLineNr() > 0) {
            return " (line " + json.getLocation().getLineNr() + ", column "
                    + json.getLocation().getColumnNr() + ")";
        }
        return "";
    }

    private static String message(JacksonException e) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "is not known here; there are "
                    + unknown.getKnownPropertyIds().stream()
                            .map(String::valueOf)
                            .sorted()
                            .toList();
        }
        if (e instanceof InputCoercionException) {
            return "is a number out of range";
        }
        if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
            return "must be " + kind(mismatch.getTargetType());
        }
        return "has a value of the wrong type";
    }

    private static String kind(Class<?> type) {
        if (type.isEnum()) {
            return "one of "
                    + List.of(type.getEnumConstants()).stream()
                            .map(String::valueOf)
                            .collect(Collectors.joining(", "));
        }
        if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
            return "an integer";
        }
        if (type == Double.class || type == double.class) {
            return "a number";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == String.class) {
            return "a string";
        }
        return Iterable.class.isAssignableFrom(type) ? "a list" : "an object";
    }

    /** The path of the field, such as {@code interventions[0].layer}. */
    private static String path(JacksonException e) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : e.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.toString();
    }

    @ExceptionHandler
    ResponseEntity<Problem> mediaType(HttpMediaTypeNotSupportedException e) {
        return problem(
                Problem.Kind.UNSUPPORTED_MEDIA_TYPE,
                "Content-Type must be " + types(e.getSupportedMediaTypes()),
                List.of());
    }

    @ExceptionHandler
    ResponseEntity<Problem> notAcceptable(HttpMediaTypeNotAcceptableException e) {
        return problem(
                Problem.Kind.NOT_ACCEPTABLE,
                "Accept must allow one of " + types(e.getSupportedMediaTypes()),
                List.of());
    }

    @ExceptionHandler
    ResponseEntity<Problem> notOneTensor(Replies.NotOneTensor e) {
        return problem(Problem.Kind.NOT_ACCEPTABLE, e.getMessage(), List.of());
    }

    private static String types(List<MediaType> types) {
        return types.stream().map(MediaType::toString).distinct().collect(Collectors.joining(", "));
    }

    @ExceptionHandler
    ResponseEntity<Problem> method(HttpRequestMethodNotSupportedException e) {
        HttpHeaders allow = new HttpHeaders();
        allow.setAllow(
                e.getSupportedHttpMethods() == null ? java.util.Set.<HttpMethod>of() : e.getSupportedHttpMethods());
        return ResponseEntity.status(Problem.Kind.METHOD_NOT_ALLOWED.status)
                .headers(allow)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(Problem.of(
                        Problem.Kind.METHOD_NOT_ALLOWED,
                        e.getMethod() + " is not allowed here; " + allow.getAllow() + " is",
                        List.of()));
    }

    @ExceptionHandler
    ResponseEntity<Problem> notFound(NoResourceFoundException e, HttpServletRequest request) {
        return problem(Problem.Kind.NOT_FOUND, "there is nothing at this path", List.of());
    }

    @ExceptionHandler
    @Nullable
    ResponseEntity<Problem> anythingElse(Exception e) {
        if (DisconnectedClientHelper.isClientDisconnectedException(e)) {
            log.debug("The client closed the connection");
            return null; // there is nobody to tell
        }
        log.error("Unexpected", e);
        return problem(
                Problem.Kind.INTERNAL_ERROR,
                "an unexpected error, logged under the id " + RequestLog.currentId(),
                List.of());
    }

    private static ResponseEntity<Problem> invalid(String field, String message) {
        List<Problem.FieldError> errors = List.of(new Problem.FieldError(field, message));
        return problem(Problem.Kind.INVALID_REQUEST, joined(errors), errors);
    }

    private static String joined(List<Problem.FieldError> errors) {
        return errors.stream().map(f -> f.field() + ": " + f.message()).collect(Collectors.joining("; "));
    }

    private static ResponseEntity<Problem> problem(Problem.Kind kind, String detail, List<Problem.FieldError> errors) {
        return ResponseEntity.status(kind.status)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(Problem.of(kind, detail, errors));
    }
}
