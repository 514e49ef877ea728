package dev.headlight.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.headlight.tensor.Wire;
import java.net.URI;
import java.util.List;

/**
 * A problem document, the body of every error.
 *
 * @param type URI of the kind of problem, such as {@code /problems/queue-full}
 * @param title short name of the kind of problem
 * @param status HTTP status
 * @param detail the offending field and its allowed range
 * @param errors one entry per offending field; left out if no field is at fault
 * @param requestId id of the request, as in the log and in the {@code X-Request-Id} header
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>
 */
record Problem(
        URI type,
        String title,
        int status,
        String detail,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<FieldError> errors,
        String requestId) {

    /**
     * One offending field.
     *
     * @param field path in the request, such as {@code interventions[0].action.factor}
     * @param message the fault, as a sentence without its subject
     */
    record FieldError(String field, String message) {}

    /** The kinds of problem, each with its HTTP status. */
    enum Kind {
        UNREADABLE_BODY(400, "Unreadable body"),
        HUB_OFF(403, "The hub is off"),
        UNKNOWN_MODEL(404, "Unknown model"),
        NOT_FOUND(404, "Not found"),
        METHOD_NOT_ALLOWED(405, "Method not allowed"),
        NOT_ACCEPTABLE(406, "Not acceptable"),
        TOO_LARGE(413, "Too large"),
        UNSUPPORTED_MEDIA_TYPE(415, "Unsupported media type"),
        INVALID_REQUEST(422, "Invalid request"),
        QUEUE_FULL(429, "Queue full"),
        MEMORY_FULL(429, "Memory full"),
        INTERNAL_ERROR(500, "Internal error"),
        NOT_READY(503, "Not ready");

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
        return new Problem(kind.type(), kind.title, kind.status, detail, errors, requestId);
    }
}
