package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.tensor.MetaArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Counts and times the forward passes of one model, including partial ones. Dry runs do not count. */
final class ForwardClock {
    private final LongAdder passes = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    /**
     * Runs a pass.
     *
     * @param input of the pass (any shape); a meta array makes it a dry run
     * @return the result of {@code pass}
     * @throws dev.headlight.model.schedule.Cancelled if the request is cancelled
     */
    NDArray time(NDArray input, Supplier<NDArray> pass) {
        Cancellation cancellation = Cancellation.current();
        cancellation.check();
        if (MetaArray.is(input)) {
            return pass.get();
        }
        long start = System.nanoTime();
        try {
            NDArray result = pass.get();
            cancellation.passDone();
            return result;
        } finally {
            nanos.add(System.nanoTime() - start);
            passes.increment();
        }
    }

    long passes() {
        return passes.sum();
    }

    long nanos() {
        return nanos.sum();
    }
}
