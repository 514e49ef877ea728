package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import dev.headlight.interp.session.Input;
import dev.headlight.model.hook.Site;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An action of an intervention: what it does to the chosen values of a hook point. Each is a record whose components are
 * the action's fields in JSON. Its constructor refuses values that no model allows, and names the field; {@link #check}
 * refuses what the model or the input rules out.
 */
public sealed interface Action
        permits Zero, Mean, Scale, Set, Add, Patch, Noise, Freeze, Resample, ProjectOut, Clamp, Mask {

    /** The action's name in JSON: its class name in snake_case, such as {@code project_out}. */
    static String type(Class<?> action) {
        return action.getSimpleName().replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    /**
     * Edits a hook point's value. The caller takes over only the chosen slice of the result.
     *
     * @param value {@code [batch, axes of the site]}, at the last positions or all; not changed in place
     * @return the edited value, as if the slice were all of it; in the shape of {@code value}
     */
    NDArray edit(NDArray value, EditContext context);

    /**
     * Checks that the action is possible there. Most actions are possible on every hook point.
     *
     * @throws dev.headlight.model.fault.BadSelection if the model or the input rules it out
     */
    default void check(ActionTarget target) {}

    /** Whether it takes values from the unmodified run of the same input. */
    default boolean needsOriginal() {
        return false;
    }

    /**
     * Whether it may let a query attend to a later position. A causal model hides later keys before the softmax, so a
     * pattern holds 0 there, and only an action that keeps these zeros is safe.
     */
    default boolean maySeeAhead(Site site) {
        return site == Site.PATTERN;
    }

    /** The one other input whose values at the same hook point it takes; null for none. */
    default @Nullable Input source() {
        return null;
    }

    /** Other inputs that it gathers values from with {@link #gather}; null for none. */
    default @Nullable Input reference() {
        return null;
    }

    /**
     * Gathers values from the reference, once for all runs.
     *
     * @return {@code [1, positions, axes of the site]}, owned by the manager of {@code runs}
     */
    default NDArray gather(ReferenceRuns runs) {
        throw new IllegalStateException(type(getClass()) + " takes nothing from a reference");
    }

    /**
     * Positions of its reference's values that stay in memory while the inputs run.
     *
     * @param longest positions of the longest input
     */
    default int heldPositions(int longest) {
        return 0;
    }

    /** The source of its random numbers; null for an action without randomness. */
    default @Nullable SeededRandom seed() {
        return null;
    }

    /** Why it may have changed nothing, as the end of a warning. */
    default String whyNothingChanged() {
        return "every chosen value was already what it set, or is hidden by the model's own mask";
    }
}
