package dev.headlight.model.schedule;

/** A computation has ended early because its request was cancelled. */
public final class Cancelled extends RuntimeException {
    private final Cancellation.Reason reason;
    private final transient Cancellation.Done done; // an exception is serialisable, this one is never serialised

    Cancelled(Cancellation.Reason reason, Cancellation.Done done) {
        super("cancelled: " + reason + " after " + done);
        this.reason = reason;
        this.done = done;
    }

    /** Why the request was cancelled. */
    public Cancellation.Reason reason() {
        return reason;
    }

    /** What the request had done until then. */
    public Cancellation.Done done() {
        return done;
    }
}
