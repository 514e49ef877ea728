package dev.headlight.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.tensor.Wire;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A problem document, the body of every error.
 *
 * @param type URI of the kind of problem, such as {@code /problems/queue-full}
 * @param title short name of the kind of problem
 * @param status HTTP status
 * @param detail the offending field and its allowed range
 * @param errors one entry per offending field; absent if no field is at fault
 * @param done what a cancelled request had done; absent in other problems
 * @param requestId id of the request, as in the log and in the {@code X-Request-Id} header
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>
 */
public record Problem(
        URI type,
        String title,
        int status,
        String detail,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<FieldError> errors,

        @JsonInclude(JsonInclude.Include.NON_NULL) Cancellation.@Nullable Done done,

        String requestId) {

    /**
     * One offending field.
     *
     * @param field path in the request, such as {@code interventions[0].action.factor}
     * @param message the rest of a sentence whose subject is the field, such as {@code must be 1..12}
     */
    public record FieldError(String field, String message) {}

    /** Kinds of problem, each with its HTTP status. {@link ProblemAdvice} maps exceptions to them. */
    public enum Kind {
        /** The body is not a JSON object. */
        UNREADABLE_BODY(400, "Unreadable body"),
        /** The client shows no key or token that is known. */
        UNAUTHORIZED(401, "Unauthorized"),
        /** The key or token lacks a scope, or the page that asks is of another origin. */
        FORBIDDEN(403, "Forbidden"),
        /** The operator has switched downloads off, see {@link HubController}. */
        HUB_OFF(403, "The hub is off"),
        /** No model has the id. */
        UNKNOWN_MODEL(404, "Unknown model"),
        /** Nothing exists at the path. */
        NOT_FOUND(404, "Not found"),
        /** The path does not have the method. */
        METHOD_NOT_ALLOWED(405, "Method not allowed"),
        /** The answer cannot have the accepted media type, see {@link FormatCheck}. */
        NOT_ACCEPTABLE(406, "Not acceptable"),
        /** The body arrived more slowly than {@link RequestBodies} waits for. */
        BODY_TOO_SLOW(408, "Body too slow"),
        /** The request exceeds a limit of {@link HeadlightProperties.RequestLimits}, or the model the memory budget. */
        TOO_LARGE(413, "Too large"),
        /** The body is not sent as JSON, or it is compressed. */
        UNSUPPORTED_MEDIA_TYPE(415, "Unsupported media type"),
        /** The {@code Host} header names another service. */
        MISDIRECTED_REQUEST(421, "Misdirected request"),
        /** A field has a value that it must not have. */
        INVALID_REQUEST(422, "Invalid request"),
        /** The request line and the headers together are too large; Tomcat refuses those before a controller sees them. */
        REQUEST_HEADER_FIELDS_TOO_LARGE(431, "Request Header Fields Too Large"),
        /** The client's rate limit is reached. */
        TOO_MANY_REQUESTS(429, "Too many requests"),
        /** The queue of {@link Workers} is full, or that of the downloads, or all threads serve requests. */
        QUEUE_FULL(429, "Queue full"),
        /** There was no room in time: in the {@link dev.headlight.model.store.MemoryBudget}, or for {@link RequestBodies}. */
        MEMORY_FULL(429, "Memory full"),
        /** The client has closed its connection, and the computation was stopped. The status is nginx's. */
        CLIENT_GONE(499, "Client closed request"),
        /** An unexpected exception. */
        INTERNAL_ERROR(500, "Internal error"),
        /** The service is starting or shutting down. */
        NOT_READY(503, "Not ready"),
        /** The request took longer than {@link HeadlightProperties.RequestLimits#requestTimeout}. */
        DEADLINE(504, "Deadline exceeded");

        final int status;
        final String title;

        Kind(int status, String title) {
            this.status = status;
            this.title = title;
        }

        URI type() {
            return URI.create("/problems/" + Wire.name(this).replace('_', '-'));
        }
    }

    static Problem of(Kind kind, String detail, List<FieldError> errors) {
        return of(kind, detail, errors, RequestLog.currentId());
    }

    static Problem of(Kind kind, String detail, List<FieldError> errors, String requestId) {
        return new Problem(kind.type(), kind.title, kind.status, detail, errors, null, requestId);
    }

    /** The problem of a cancelled request. */
    static Problem of(Kind kind, String detail, Cancellation.Done done) {
        return new Problem(kind.type(), kind.title, kind.status, detail, List.of(), done, RequestLog.currentId());
    }
}
