package dev.headlight.interp.intervene;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.intervene.action.ActionTarget;
import dev.headlight.interp.intervene.action.EditContext;
import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.interp.intervene.action.Scale;
import dev.headlight.model.Fixture;
import dev.headlight.model.NativeArrays;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The memory that edits of a hook point hold. */
class InterventionHooksTest {
    /** Many edits of one hook point hold no more at once than a few. */
    @Test
    void editsHoldNothingBeforeAndAfterTheirTurn() {
        assertThat(heldAfterEdits(400)).isLessThanOrEqualTo(heldAfterEdits(4) + 2);
    }

    private static long heldAfterEdits(int count) {
        HookSlice slice = new HookSlice(Site.RESID_POST, new long[] {2, 12}, new int[][] {{0, 1}, {0, 1, 2}});
        InterventionHooks edits = new InterventionHooks(new BitSet(), new BitSet());
        HookName hook = new HookName(0, Site.RESID_POST);
        ActionTarget target = new ActionTarget("action", hook, slice, true, null, null);
        EditContext context = new EditContext(target, new Capture(List.of()), null);
        IntStream.range(0, count).forEach(i -> edits.add(i, new Scale(1.5), context));
        try (NDManager manager = Fixture.of("gpt2").model().newManager()) {
            NDArray value = manager.ones(new Shape(1, 2, 12));
            long before = NativeArrays.count();
            edits.at(hook, value);
            return NativeArrays.count() - before;
        }
    }
}
