package dev.headlight.model;

import ai.djl.ndarray.NDManager;
import dev.headlight.model.hook.Capture;
import dev.headlight.tensor.CostCounter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Measures the peak memory of a forward pass of one model with dry runs, and remembers it by input length. */
final class ForwardMemory {
    private static final int LONGEST_REMEMBERED = 1 << 14; // positions

    private final HookedModel model;
    private final Map<Integer, Long> bytes = new ConcurrentHashMap<>(); // by input length

    ForwardMemory(HookedModel model) {
        this.model = model;
    }

    long bytes(int positions) {
        return positions > LONGEST_REMEMBERED ? measured(positions) : bytes.computeIfAbsent(positions, this::measured);
    }

    private long measured(int positions) {
        CostCounter counter = new CostCounter();
        try (NDManager meta = model.newManager(counter)) {
            model.forward(HookedModel.ids(meta, List.of(new int[positions])), new Capture(List.of()));
        }
        return counter.peak();
    }
}
