package dev.headlight.interp.session;

import dev.headlight.tensor.CostCounter;

/** The costs of a dry run, added up while it goes on. */
public final class DryRunCosts {
    private final CostCounter counter = new CostCounter();
    private long responseBytes;

    CostCounter counter() {
        return counter;
    }

    void addAnswerBytes(long bytes) {
        responseBytes += bytes;
    }

    Cost cost() {
        return new Cost(counter.peak(), counter.flops(), responseBytes);
    }
}
