package dev.headlight.model.hook;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookedModel;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Reads and changes the values at the hook points of one forward pass. Every part of the model passes each value through
 * {@link #at}, in execution order, and the rest of the model continues with the result.
 *
 * <p>{@link #reading} and {@link #changing} make hooks for the common cases.
 */
public interface Hooks {
    /**
     * Receives the value of a hook point.
     *
     * @param value [batch, the site's axes], float32; must not be changed in place
     * @return the value, or another of the same shape; at {@code resid_pre} and {@code resid_post} it may have more rows
     *     (batch), which then pass through the rest of the model too
     */
    NDArray at(HookName name, NDArray value);

    /** Whether this hook point is read or changed. A part may skip work for hook points that are not wanted. */
    boolean wants(HookName name);

    /** Whether {@link #at} may return other numbers than it received. */
    boolean changes(HookName name);

    /** Whether the value may be used after {@link #at} has returned. If so, it is not freed before the pass ends. */
    default boolean keeps(HookName name) {
        return wants(name);
    }

    /** Whether gradients must flow back through the run. */
    default boolean differentiates() {
        return false;
    }

    /** Whether {@link #at} may return more rows than it received. Such hooks run alone, without the rows of other requests. */
    default boolean addsRows() {
        return false;
    }

    /**
     * Whether the unembedding must run at all positions, because these hooks act on it and expect whole runs.
     *
     * @see HookedModel#unembedAt
     */
    default boolean needsWholeUnembedding() {
        return Stream.of(Site.LN_FINAL_NORMALIZED, Site.LN_FINAL, Site.LOGITS)
                .anyMatch(site -> wants(HookName.of(site)));
    }

    /** Applies these hooks first and then others: a capture after an edit sees what the rest of the model sees. */
    default Hooks then(Hooks next) {
        return new ChainedHooks(this, next);
    }

    /** These hooks for a model of any dtype: they see float32 values, and the model continues in its own dtype. */
    default Hooks cast() {
        return new CastHooks(this);
    }

    /**
     * Hooks that read values and change none.
     *
     * @param wanted the hook points that are read
     * @param reader gets each value [batch, the site's axes] and must not use it after it has returned
     */
    static Hooks reading(Predicate<HookName> wanted, BiConsumer<HookName, NDArray> reader) {
        return new ReadingHooks(wanted, reader);
    }

    /**
     * Hooks that change values.
     *
     * @param wanted the hook points that are changed
     * @param change maps a value [batch, the site's axes] to one of the same shape
     */
    static Hooks changing(Predicate<HookName> wanted, BiFunction<HookName, NDArray, NDArray> change) {
        return new ChangingHooks(wanted, change);
    }
}
