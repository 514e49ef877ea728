package dev.headlight.web;

import dev.headlight.model.HookedModel;
import dev.headlight.model.MemoryBudget;
import dev.headlight.tensor.NativeMemory;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What an operator watches, beside Spring's own requests by endpoint and status. */
@Component
final class Metrics {
    private final MeterRegistry registry;
    private final Timer wait;
    private final Map<String, Forwards> forwards = new ConcurrentHashMap<>();

    Metrics(MeterRegistry registry) {
        this.registry = registry;
        this.wait = Timer.builder("headlight.queue.wait")
                .description("Time that requests waited for a worker")
                .publishPercentileHistogram()
                .register(registry);
        Gauge.builder("headlight.native.arrays", NativeMemory::arrays)
                .description("Native arrays: weights, running requests, answers being written")
                .register(registry);
        Gauge.builder("headlight.native.bytes", NativeMemory::bytes)
                .description("Weights, mapped ones too, and answers being written")
                .baseUnit("bytes")
                .register(registry);
    }

    void memory(MemoryBudget budget) {
        Gauge.builder("headlight.memory.budget", budget, MemoryBudget::total)
                .description("What models, running requests and unsent answers may take together")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("headlight.memory.taken", budget, MemoryBudget::taken)
                .description("What they take")
                .baseUnit("bytes")
                .register(registry);
    }

    void queue(Workers workers) {
        Gauge.builder("headlight.queue.depth", workers, Workers::waiting)
                .description("Requests that wait for a worker")
                .register(registry);
        Gauge.builder("headlight.workers.busy", workers, Workers::running)
                .description("Workers that compute")
                .register(registry);
    }

    void waited(Duration time) {
        wait.record(time);
    }

    void loaded(HookedModel model, Duration took) {
        Timer.builder("headlight.model.load")
                .description("Time to load a model")
                .tag("model", model.id())
                .register(registry)
                .record(took);
        forwards.computeIfAbsent(model.id(), this::forwards).of(model);
    }

    private Forwards forwards(String id) {
        Forwards counts = new Forwards();
        FunctionTimer.builder("headlight.forward", counts, Forwards::count, Forwards::nanos, TimeUnit.NANOSECONDS)
                .description("Forward passes, whole or in part; on a GPU the time to launch them")
                .tag("model", id)
                .register(registry);
        return counts;
    }

    /** The forward passes of a model, and of those of its id that were loaded before. */
    private static final class Forwards {
        private long earlier;
        private long earlierNanos;
        private @Nullable HookedModel model;

        private synchronized void of(HookedModel next) {
            earlier = count();
            earlierNanos = (long) nanos();
            model = next;
        }

        private synchronized long count() {
            return earlier + (model == null ? 0 : model.forwards());
        }

        private synchronized double nanos() {
            return earlierNanos + (double) (model == null ? 0 : model.forwardNanos());
        }
    }

    void drawn(Format format) {
        registry.counter("headlight.pictures", "format", format.name().toLowerCase(java.util.Locale.ROOT))
                .increment();
    }
}
