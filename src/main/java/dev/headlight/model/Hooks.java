package dev.headlight.model;

import ai.djl.ndarray.NDArray;

/**
 * What happens at the hook points of one forward pass. Every part passes every value through, in execution order; what
 * comes back is what the rest of the model sees.
 */
public interface Hooks {
    /**
     * @param value float32, the batch axis first, then the site's axes; not to be changed in place
     * @return the value, or another of the same shape; at {@code resid_pre} and
     *     {@code resid_post} more rows may join the batch, and go on with it
     */
    NDArray at(HookName name, NDArray value);

    /** Whether anyone reads or changes this hook point; a part may skip work that nobody wants. */
    boolean wants(HookName name);

    /** Whether the value may come back changed. */
    boolean changes(HookName name);

    /** Whether the value may be held on to; it is not freed then before the pass ends. */
    default boolean keeps(HookName name) {
        return wants(name);
    }

    /** Whether gradients are to flow back through the run. */
    default boolean differentiates() {
        return false;
    }

    /** First this, then the other: an edit before a capture, so that what is captured is what downstream saw. */
    default Hooks then(Hooks next) {
        Hooks first = this;
        return new Hooks() {
            @Override
            public NDArray at(HookName name, NDArray value) {
                return next.at(name, first.at(name, value));
            }

            @Override
            public boolean wants(HookName name) {
                return first.wants(name) || next.wants(name);
            }

            @Override
            public boolean changes(HookName name) {
                return first.changes(name) || next.changes(name);
            }

            @Override
            public boolean keeps(HookName name) {
                return first.keeps(name) || next.keeps(name);
            }

            @Override
            public boolean differentiates() {
                return first.differentiates() || next.differentiates();
            }

            @Override
            public Hooks cast() {
                return first.cast().then(next.cast());
            }
        };
    }

    /** These hooks for a model that may not compute in float32: each sees float32, and the model its own dtype. */
    default Hooks cast() {
        return new CastHooks(this);
    }
}
