package dev.headlight.web;

import dev.headlight.interp.session.Input;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.model.text.Encoded;
import jakarta.servlet.ServletRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one request used, for its line in the log and for metrics. Only the request's own thread changes it. */
public final class RequestUsage {
    private static final String ATTRIBUTE = RequestUsage.class.getName();

    private @Nullable String key;
    private @Nullable String model;
    private @Nullable List<Input> inputs;
    private long tokens;
    private boolean ran;
    private long queueNanos;
    private long computeNanos;

    private RequestUsage() {}

    /** That of a request. */
    public static RequestUsage of(ServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof RequestUsage known) {
            return known;
        }
        RequestUsage usage = new RequestUsage();
        request.setAttribute(ATTRIBUTE, usage);
        return usage;
    }

    /** That of the request which this thread serves. */
    static RequestUsage current() {
        return of(RunningRequests.currentRequest());
    }

    /** Sets the name of the key or token that the request came with. */
    public void key(String name) {
        key = name;
    }

    void asked(String id, List<Input> all) {
        model = id;
        inputs = all;
    }

    void encoded(List<Encoded> all) {
        tokens = all.stream().mapToLong(Encoded::length).sum();
    }

    void ended(Cancellation work) {
        ran = true;
        queueNanos = work.waitedNanos();
        computeNanos = work.computedNanos();
    }

    @Nullable
    String key() {
        return key;
    }

    /** Id of the model; null if the request named none that exists. */
    @Nullable
    String model() {
        return model;
    }

    /** What the client sent for the model to read; null if it sent nothing. */
    @Nullable
    List<Input> inputs() {
        return inputs;
    }

    /** Tokens of all inputs; 0 if they were not encoded for a run. */
    long tokens() {
        return tokens;
    }

    /** Whether an analysis was started. */
    boolean ran() {
        return ran;
    }

    long queueNanos() {
        return queueNanos;
    }

    long computeNanos() {
        return computeNanos;
    }
}
