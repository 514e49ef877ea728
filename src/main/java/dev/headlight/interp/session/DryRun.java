package dev.headlight.interp.session;

import dev.headlight.tensor.CostCounter;

/** Adds up the cost of a dry run. */
public final class DryRun {
    private final CostCounter ledger = new CostCounter();
    private long responseBytes;

    CostCounter ledger() {
        return ledger;
    }

    void answers(long bytes) {
        responseBytes += bytes;
    }

    Cost cost() {
        return new Cost(ledger.peak(), ledger.flops(), responseBytes);
    }
}
