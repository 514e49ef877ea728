package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Selection;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.tensor.Ops;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Activation patching: sets the chosen values to those of the same hook point in the run of another input.
 *
 * @param source one input
 * @param sourcePositions the source's position for each chosen one; null for the same positions
 * @see <a href="https://arxiv.org/abs/2404.15255">Heimersheim and Nanda, 2024, for activation patching</a>
 */
@Described("Sets to the values of the same hook point from a run on another input.")
public record Patch(
        Input source,

        @Described("One for each of `positions`, which is the default.") @Nullable
        List<Integer> sourcePositions)
        implements Action {

    @Override
    public void check(ActionTarget target) {
        positionsOfSource(target);
    }

    @Override
    public NDArray edit(NDArray value, EditContext context) {
        HookSlice slice = context.slice();
        int[] from = positionsOfSource(context.target());
        int[] map = new int[slice.length()]; // a position that is not chosen may take any value
        for (int i = 0; i < from.length; i++) {
            map[slice.positions()[i]] = from[i];
        }
        return context.broadcast(Ops.select(context.requiredSourceValues(), slice.positionAxis() + 1, map), value);
    }

    /** The source's position that each chosen position of the input takes its values from. */
    private int[] positionsOfSource(ActionTarget target) {
        HookSlice slice = target.slice();
        int length = target.sourceLength();
        if (slice.site().isAttention() && length != slice.length()) {
            throw unequal(target, "for hook " + slice.site().shortName() + ", whose keys are positions");
        }
        if (sourcePositions != null) {
            return requested(target, sourcePositions);
        }
        if (target.positions() != null) {
            return Selection.positions(target.at("source_positions"), target.positions(), length);
        }
        if (length != slice.length()) {
            throw unequal(target, "unless positions and source_positions are given");
        }
        return slice.positions();
    }

    /** The requested {@code source_positions}. One may be used for several positions of the input. */
    private static int[] requested(ActionTarget target, List<Integer> positions) {
        String field = target.at("source_positions");
        int count = target.slice().positions().length;
        if (positions.size() != count) {
            throw new BadSelection(
                    field,
                    "has " + positions.size() + " positions and must have " + count + ", one for each of positions");
        }
        int[] from = new int[count];
        for (int i = 0; i < count; i++) {
            from[i] = Selection.position(field + "[" + i + "]", positions.get(i), target.sourceLength());
        }
        return from;
    }

    private static BadSelection unequal(ActionTarget target, String why) {
        int wanted = target.slice().length();
        return new BadSelection(
                target.at("source"),
                "has " + target.sourceLength() + " tokens and must have " + wanted + ", as the input, " + why);
    }
}
