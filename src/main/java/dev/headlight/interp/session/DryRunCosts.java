package dev.headlight.interp.session;

import dev.headlight.tensor.CostCounter;

/** Adds up the cost of a dry run. */
public final class DryRunCosts {
    private final CostCounter counter = new CostCounter();
    private long responseBytes;

    CostCounter counter() {
        return counter;
    }

    void answers(long bytes) {
        responseBytes += bytes;
    }

    Cost cost() {
        return new Cost(counter.peak(), counter.flops(), responseBytes);
    }
}
