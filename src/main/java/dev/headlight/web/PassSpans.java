package dev.headlight.web;

import dev.headlight.model.schedule.TaskRun;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Spans of the steps of forward passes, as children of the span of the request. Without tracing it does nothing. */
@Component
final class PassSpans {
    private final @Nullable Tracer tracer;

    PassSpans(ObjectProvider<Tracer> tracer) {
        this.tracer = tracer.getIfAvailable();
    }

    /** Creates the span of a task that has ended, and those of what ran within it. */
    void ended(TaskRun task) {
        Span request = tracer == null ? null : tracer.currentSpan();
        if (tracer != null && request != null && !request.isNoop() && task.batch() > 0) {
            Instant now = Instant.now();
            long epoch = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - System.nanoTime();
            add(tracer, task, request, epoch);
        }
    }

    /** @param epoch Unix time minus {@link System#nanoTime}, in ns */
    private static void add(Tracer tracer, TaskRun task, Span parent, long epoch) {
        Span.Builder span = tracer.spanBuilder()
                .setParent(parent.context())
                .startTimestamp(epoch + task.started(), TimeUnit.NANOSECONDS)
                .name(name(task))
                .tag("headlight.wait_ms", (task.started() - task.created()) / 1e6)
                .tag("headlight.batch_requests", task.batch());
        TaskRun.Step step = task.step();
        if (step != null) {
            span.tag("headlight.model", step.model())
                    .tag("headlight.part", step.part())
                    .tag("headlight.rows", step.rows())
                    .tag("headlight.tokens", step.rows() * step.positions());
        }
        Span started = span.start();
        task.within().forEach(inner -> add(tracer, inner, started, epoch));
        started.end(epoch + task.ended(), TimeUnit.NANOSECONDS);
    }

    /** A step of a forward pass has its own name; else it is a section, such as a gradient with its passes. */
    private static String name(TaskRun task) {
        if (task.step() == null) {
            return "section";
        }
        return task.step().part().equals("unembedding") ? "unembedding" : "forward";
    }
}
