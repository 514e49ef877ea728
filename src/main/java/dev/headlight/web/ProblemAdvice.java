package dev.headlight.web;

import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.fault.UnknownModel;
import dev.headlight.model.hub.TooManyDownloads;
import dev.headlight.model.schedule.Cancelled;
import dev.headlight.model.store.MemoryBudget;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import org.springframework.web.util.DisconnectedClientHelper;
import tools.jackson.core.JacksonException;

/**
 * Turns every exception of a controller into a problem document (RFC 9457) with its status: a full queue, memory budget or
 * download queue, for example, into 429 (Too Many Requests).
 */
@RestControllerAdvice
class ProblemAdvice {
    private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);

    private final Duration requestTimeout;
    private final boolean logPrompts;

    ProblemAdvice(HeadlightProperties properties) {
        this.requestTimeout = properties.limits().requestTimeout();
        this.logPrompts = properties.logPrompts();
    }

    @ExceptionHandler
    ResponseEntity<Problem> badSelection(BadSelection e) {
        return invalid(e.field(), message(e));
    }

    @ExceptionHandler
    ResponseEntity<Problem> badQuery(InvalidParameterException e) {
        return invalid("query", "has a parameter without a name, or one that is not encoded in UTF-8");
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
                List.of(new Problem.FieldError(e.field(), message(e))));
    }

    @ExceptionHandler
    ResponseEntity<Problem> unknownModel(UnknownModel e) {
        return problem(
                Problem.Kind.UNKNOWN_MODEL,
                "model: " + e.getMessage(),
                List.of(new Problem.FieldError("model", message(e))));
    }

    @ExceptionHandler
    ResponseEntity<Problem> queueFull(Workers.QueueFull e) {
        return tooManyRequests(Problem.Kind.QUEUE_FULL, message(e) + "; try again after a second", 1);
    }

    @ExceptionHandler
    ResponseEntity<Problem> memoryFull(MemoryBudget.NotEnoughMemory e) {
        return tooManyRequests(Problem.Kind.MEMORY_FULL, message(e) + "; try again after some seconds", 5);
    }

    @ExceptionHandler
    ResponseEntity<Problem> tooManyDownloads(TooManyDownloads e) {
        return tooManyRequests(Problem.Kind.QUEUE_FULL, message(e) + "; try again after a minute", 60);
    }

    /** Status 429, with the time after which the client may try again. */
    private static ResponseEntity<Problem> tooManyRequests(Problem.Kind kind, String detail, int retryAfterSeconds) {
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.RETRY_AFTER, String.valueOf(retryAfterSeconds));
        return problem(kind, detail, List.of(), headers);
    }

    /** A client that has gone gets an answer too: one that only closed its sending half reads it. */
    @ExceptionHandler
    ResponseEntity<Problem> cancelled(Cancelled e) {
        Problem.Kind kind = switch (e.reason()) {
            case CLIENT_GONE -> Problem.Kind.CLIENT_GONE;
            case DEADLINE -> Problem.Kind.DEADLINE;
            case SHUTDOWN -> Problem.Kind.NOT_READY;
        };
        String detail = switch (e.reason()) {
            case CLIENT_GONE -> "the client closed the connection, or its sending half";
            case DEADLINE ->
                "the request took longer than the limit of " + readable(requestTimeout)
                        + " (headlight.limits.request-timeout)";
            case SHUTDOWN -> "the service stops";
        };
        return ResponseEntity.status(kind.status)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(Problem.of(kind, detail, e.done()));
    }

    @ExceptionHandler
    ResponseEntity<Problem> hubOff(HubController.HubOff e) {
        return problem(Problem.Kind.HUB_OFF, message(e), List.of());
    }

    /** A duration such as 10m, as in the settings. */
    private static String readable(Duration duration) {
        return duration.toString().replaceFirst("^PT", "").toLowerCase(Locale.ROOT);
    }

    /** Fields that violate the annotations of the request. */
    @ExceptionHandler
    ResponseEntity<Problem> notValid(MethodArgumentNotValidException e) {
        List<Problem.FieldError> errors = e.getFieldErrors().stream()
                .map(f -> new Problem.FieldError(snakeCase(f.getField()), String.valueOf(f.getDefaultMessage())))
                .sorted(Comparator.comparing(Problem.FieldError::field))
                .toList();
        return problem(Problem.Kind.INVALID_REQUEST, joined(errors), errors);
    }

    /** The name of a field in JSON, such as {@code top_k} for {@code topK}. */
    static String snakeCase(String field) {
        return field.replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    @ExceptionHandler
    ResponseEntity<Problem> unreadable(HttpMessageNotReadableException e) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof BadSelection bad) {
                return badSelection(bad);
            }
        }
        if (e.getCause() instanceof JacksonException json && JsonErrors.isOfAField(json)) {
            return invalid(JsonErrors.path(json), JsonErrors.message(json));
        }
        return problem(
                Problem.Kind.UNREADABLE_BODY,
                "the body is not a valid JSON object" + JsonErrors.where(e.getCause()),
                List.of());
    }

    /** A query parameter of the wrong type. */
    @ExceptionHandler
    ResponseEntity<Problem> parameter(MethodArgumentTypeMismatchException e) {
        return invalid(e.getName(), "must be " + (e.getRequiredType() == List.class ? "integers" : "an integer"));
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
    ResponseEntity<Problem> notInThisFormat(FormatCheck.NotInThisFormat e) {
        return problem(Problem.Kind.NOT_ACCEPTABLE, message(e), List.of());
    }

    private static String types(List<MediaType> types) {
        return types.stream().map(MediaType::toString).distinct().collect(Collectors.joining(", "));
    }

    @ExceptionHandler
    ResponseEntity<Problem> method(HttpRequestMethodNotSupportedException e) {
        HttpHeaders allow = new HttpHeaders();
        allow.set(HttpHeaders.ALLOW, AllowedMethods.of(e.getSupportedHttpMethods()));
        String detail = "the method must be one of " + allow.getFirst(HttpHeaders.ALLOW);
        return problem(Problem.Kind.METHOD_NOT_ALLOWED, detail, List.of(), allow);
    }

    @ExceptionHandler
    ResponseEntity<Problem> notFound(NoResourceFoundException e) {
        String hint = ContainerErrors.hint("/" + e.getResourcePath());
        return problem(Problem.Kind.NOT_FOUND, "nothing exists at this path" + hint, List.of());
    }

    @ExceptionHandler
    @Nullable
    ResponseEntity<Problem> anythingElse(Exception e) {
        if (DisconnectedClientHelper.isClientDisconnectedException(e)) {
            log.debug("The client closed the connection");
            return null; // there is no client to answer
        }
        log.error("Unexpected error", logPrompts ? e : WithoutMessage.of(e));
        return problem(
                Problem.Kind.INTERNAL_ERROR,
                "an unexpected error, logged with the request id " + RequestLog.currentId(),
                List.of());
    }

    /** The message of one of this service's own exceptions, which always have one. */
    private static String message(Exception fault) {
        return Objects.requireNonNull(fault.getMessage());
    }

    private static ResponseEntity<Problem> invalid(String field, String message) {
        List<Problem.FieldError> errors = List.of(new Problem.FieldError(field, message));
        return problem(Problem.Kind.INVALID_REQUEST, joined(errors), errors);
    }

    private static String joined(List<Problem.FieldError> errors) {
        return errors.stream().map(f -> f.field() + ": " + f.message()).collect(Collectors.joining("; "));
    }

    private static ResponseEntity<Problem> problem(Problem.Kind kind, String detail, List<Problem.FieldError> errors) {
        return problem(kind, detail, errors, HttpHeaders.EMPTY);
    }

    private static ResponseEntity<Problem> problem(
            Problem.Kind kind, String detail, List<Problem.FieldError> errors, HttpHeaders headers) {
        return ResponseEntity.status(kind.status)
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(Problem.of(kind, detail, errors));
    }
}
