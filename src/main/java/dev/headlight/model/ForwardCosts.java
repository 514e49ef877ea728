package dev.headlight.model;

import ai.djl.ndarray.NDManager;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.schedule.BatchSize;
import dev.headlight.tensor.CostCounter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Measures what a forward pass of one model costs with dry runs, and remembers it by input length. */
final class ForwardCosts {
    private static final int LONGEST_REMEMBERED = 1 << 14; // positions

    private final HookedModel model;
    private final Map<Integer, BatchSize> sizes = new ConcurrentHashMap<>(); // by input length

    ForwardCosts(HookedModel model) {
        this.model = model;
    }

    /** The peak memory and the operations of a pass of one input, without the weights and captured values. */
    BatchSize of(int positions) {
        return positions > LONGEST_REMEMBERED ? measured(positions) : sizes.computeIfAbsent(positions, this::measured);
    }

    private BatchSize measured(int positions) {
        CostCounter counter = new CostCounter();
        try (NDManager meta = model.newManager(counter)) {
            model.forward(HookedModel.ids(meta, List.of(new int[positions])), new Capture(List.of()));
        }
        return new BatchSize(counter.peak(), counter.flops());
    }
}
