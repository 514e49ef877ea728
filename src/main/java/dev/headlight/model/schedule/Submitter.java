package dev.headlight.model.schedule;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What a task takes along from the thread that submits it to the thread that runs it.
 *
 * @param logContext of the request's log lines, such as its id; null for none
 * @param cancellation of the request
 */
record Submitter(@Nullable Map<String, String> logContext, Cancellation cancellation) {
    /** The submitter of a task that this thread makes now. */
    static Submitter current() {
        return new Submitter(MDC.getCopyOfContextMap(), Cancellation.current());
    }

    /** Lets this thread work for the submitter. */
    void enter() {
        MDC.setContextMap(logContext == null ? Map.of() : logContext);
    }

    /** Lets this thread work for nobody. */
    static void leave() {
        MDC.clear();
    }
}
