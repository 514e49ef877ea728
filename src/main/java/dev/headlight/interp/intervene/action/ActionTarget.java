package dev.headlight.interp.intervene.action;

import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where an action acts: the chosen slice of a hook point, for inputs of one length.
 *
 * @param field path of the action in the request, such as {@code interventions[0].action}
 * @param slice the chosen indices on each axis
 * @param causal whether the model masks later positions
 * @param positions as the request gives them; null for all
 * @param source tokens of the action's source; null for none
 */
public record ActionTarget(
        String field,
        HookName hook,
        HookSlice slice,
        boolean causal,
        @Nullable List<Integer> positions,
        @Nullable Encoded source) {

    /** The site of the hook point. */
    Site site() {
        return slice.site();
    }

    /** Path of a field of the action. */
    String at(String name) {
        return field + "." + name;
    }

    /** Number of tokens of the source of an action that has one. */
    int sourceLength() {
        return Objects.requireNonNull(source).length();
    }

    /** A refusal of the action itself, not of one of its fields. */
    BadSelection refusal(Action action, String why) {
        return new BadSelection(at("type"), Action.type(action.getClass()), why);
    }

    /** @throws BadSelection on attention scores and patterns */
    void refuseAttention(Action action, String why) {
        if (site().isAttention()) {
            throw refusal(action, "is undefined on " + site().shortName() + ", " + why);
        }
    }

    /** @throws BadSelection unless a vector is as long as the last axis, or as the chosen neurons */
    void requireVector(List<Double> vector) {
        int size = vector.size();
        int chosen = slice.lastAxisIndices().length;
        if (size != slice.lastAxisSize() && size != chosen) {
            String allowed = chosen == slice.lastAxisSize() ? "" : ", or " + chosen + " for the chosen neurons";
            throw new BadSelection(
                    at("vector"), "has " + size + " values and must have " + slice.lastAxisSize() + allowed);
        }
    }
}
