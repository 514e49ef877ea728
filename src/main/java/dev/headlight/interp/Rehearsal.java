package dev.headlight.interp;

import dev.headlight.tensor.Ledger;

/** Adds up the cost of a dry run. */
final class Rehearsal {
    private final Ledger ledger = new Ledger();
    private long responseBytes;

    Ledger ledger() {
        return ledger;
    }

    void answers(long bytes) {
        responseBytes += bytes;
    }

    Cost cost() {
        return new Cost(ledger.peak(), ledger.flops(), responseBytes);
    }
}
