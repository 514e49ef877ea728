package dev.headlight.web;

import dev.headlight.model.HookedModel;
import dev.headlight.model.schedule.PassScheduler;
import dev.headlight.model.schedule.TaskObserver;
import dev.headlight.model.schedule.TaskRun;
import dev.headlight.model.store.MemoryBudget;
import dev.headlight.tensor.NativeMemory;
import dev.headlight.tensor.Wire;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Metrics for operators: queue, workers, memory, models and pictures. Spring adds its own metrics of requests. */
@Component
final class OperatorMetrics implements TaskObserver {
    private static final Duration[] BUCKETS = Stream.of(
                    1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 30_000, 60_000, 300_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final MeterRegistry registry;
    private final PassSpans spans;
    private final Timer wait;
    private final DistributionSummary batches;
    private final Map<String, ForwardCounter> forwardCounters = new ConcurrentHashMap<>();

    OperatorMetrics(MeterRegistry registry, PassSpans spans) {
        this.registry = registry;
        this.spans = spans;
        this.wait = Timer.builder("headlight.queue.wait")
                .description("Time that passes waited for a worker")
                .publishPercentileHistogram()
                .register(registry);
        this.batches = DistributionSummary.builder("headlight.batch.requests")
                .description("Number of requests whose passes ran together as one")
                .register(registry);
        Gauge.builder("headlight.native.arrays", NativeMemory::arrays)
                .description("Number of native arrays: weights, running requests, answers being written")
                .register(registry);
        Gauge.builder("headlight.native.bytes", NativeMemory::bytes)
                .description("Bytes of weights, including mapped ones, and of answers being written")
                .baseUnit("bytes")
                .register(registry);
    }

    void memory(MemoryBudget budget) {
        Gauge.builder("headlight.memory.budget", budget, MemoryBudget::total)
                .description("Limit of the memory of models, running requests and unsent answers together")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("headlight.memory.taken", budget, MemoryBudget::reserved)
                .description("Memory of models, running requests and unsent answers")
                .baseUnit("bytes")
                .register(registry);
    }

    void bodies(RequestBodies bodies) {
        Gauge.builder("headlight.bodies.taken", bodies, RequestBodies::held)
                .description("Heap that is taken for request bodies and for what is read from them")
                .baseUnit("bytes")
                .register(registry);
    }

    void queue(PassScheduler scheduler) {
        Gauge.builder("headlight.queue.depth", scheduler, PassScheduler::waiting)
                .description("Number of passes that wait for a worker")
                .register(registry);
        Gauge.builder("headlight.workers.busy", scheduler, PassScheduler::running)
                .description("Number of workers that compute")
                .register(registry);
    }

    @Override
    public void ended(TaskRun task) {
        wait.record(task.started() - task.created(), TimeUnit.NANOSECONDS);
        spans.ended(task);
    }

    @Override
    public void batch(int tasks) {
        batches.record(tasks);
    }

    void loaded(HookedModel model, Duration took) {
        Timer.builder("headlight.model.load")
                .description("Time to load a model")
                .tag("model", model.id())
                .register(registry)
                .record(took);
        forwardCounters.computeIfAbsent(model.id(), this::forwardCounter).follow(model);
    }

    private ForwardCounter forwardCounter(String id) {
        ForwardCounter counter = new ForwardCounter();
        FunctionTimer.builder(
                        "headlight.forward",
                        counter,
                        ForwardCounter::count,
                        ForwardCounter::nanos,
                        TimeUnit.NANOSECONDS)
                .description("Forward passes, whole or partial; on a GPU the time to launch them")
                .tag("model", id)
                .register(registry);
        return counter;
    }

    /** Counts the forward passes of a model, including those before it was unloaded and loaded again. */
    private static final class ForwardCounter {
        private long earlier;
        private long earlierNanos;
        private @Nullable HookedModel model;

        private synchronized void follow(HookedModel loaded) {
            earlier = count();
            earlierNanos = (long) nanos();
            model = loaded;
        }

        private synchronized long count() {
            return earlier + (model == null ? 0 : model.forwards());
        }

        private synchronized double nanos() {
            return earlierNanos + (double) (model == null ? 0 : model.forwardNanos());
        }
    }

    /** Counts an analysis that has been answered. */
    void answered(String uri, RequestUsage usage) {
        perRequest("headlight.request.queue", "Time that a request waited for engine threads and memory", uri)
                .record(usage.queueNanos(), TimeUnit.NANOSECONDS);
        perRequest("headlight.request.compute", "Time that engine threads computed for a request", uri)
                .record(usage.computeNanos(), TimeUnit.NANOSECONDS);
        if (usage.model() != null) {
            registry.counter("headlight.tokens", "model", usage.model()).increment((double) usage.tokens());
        }
    }

    private Timer perRequest(String name, String description, String uri) {
        return Timer.builder(name)
                .description(description)
                .tag("uri", uri)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    void drawn(Format format) {
        registry.counter("headlight.pictures", "format", Wire.name(format)).increment();
    }
}
