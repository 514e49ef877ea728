package dev.headlight.interp;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.InterventionHooks;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.ActionTarget;
import dev.headlight.interp.intervene.action.EditContext;
import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.interp.intervene.action.Patch;
import dev.headlight.interp.intervene.action.Scale;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.verify.LayerIdentities;
import dev.headlight.interp.verify.WorstResidual;
import dev.headlight.model.Allocations;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.NativeArrays;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.AnswerMemory;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a request holds while it runs, not only what it leaves. */
class PeakMemoryTest {
    private final Fixture f = Fixture.of("gpt2");

    /** Many edits of one hook point hold no more at once than a few. */
    @Test
    void editsHoldNothingBeforeAndAfterTheirTurn() {
        assertThat(heldAfterEdits(400)).isLessThanOrEqualTo(heldAfterEdits(4) + 2);
    }

    /** Checking a run keeps no more of it than running it does. */
    @Test
    void identitiesKeepNothingOfTheLayersThatTheyHaveChecked() {
        LayerIdentities.Found found =
                new LayerIdentities.Found(new WorstResidual(), new WorstResidual(), new WorstResidual());
        assertThat(heldAfterRun(new LayerIdentities(f.model(), List.of(0), found)))
                .isEqualTo(heldAfterRun(new Capture(List.of())));
    }

    /** What a patch makes belongs to the run that it is made in, not to the source's memory, which outlives it. */
    @Test
    void aBatchHoldsNothingOfTheOneBeforeIt() {
        int[] source = f.prompts().get("b");
        int[] shorter = f.prompts().get("b");
        int[] longer = f.prompts().get("a");
        assertThat(longer).hasSizeGreaterThan(shorter.length);
        Action patch = new Patch(Requests.input("source", source), List.of(0));
        Intervention intervention = new Intervention("i", HookName.of(Site.EMBED), null, null, List.of(0), null, patch);
        Interventions.Query query =
                new Interventions.Query(List.of(intervention), List.of(), null, -1, null, null, true);
        assertThat(peak(query, shorter, longer)).isEqualTo(peak(query, longer));
    }

    private long peak(Interventions.Query query, int[]... inputs) {
        try (Allocations allocations = new Allocations();
                AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            Interventions.compute(session, Requests.inputs(session, inputs), query);
            return allocations.peak();
        }
    }

    private long heldAfterRun(Hooks hooks) {
        try (NDManager manager = f.model().newManager()) {
            NDArray ids = HookedModel.ids(manager, List.of(f.prompts().get("a")));
            long before = NativeArrays.count();
            f.model().forward(ids, hooks);
            return NativeArrays.count() - before;
        }
    }

    private long heldAfterEdits(int count) {
        HookSlice slice = new HookSlice(Site.RESID_POST, new long[] {2, 12}, new int[][] {{0, 1}, {0, 1, 2}});
        InterventionHooks edits = new InterventionHooks(new BitSet());
        HookName hook = new HookName(0, Site.RESID_POST);
        ActionTarget target = new ActionTarget("action", hook, slice, true, null, null);
        EditContext context = new EditContext(target, new Capture(List.of()), null);
        IntStream.range(0, count).forEach(i -> edits.add(i, new Scale(1.5), context));
        try (NDManager manager = f.model().newManager()) {
            NDArray value = manager.ones(new Shape(1, 2, 12));
            long before = NativeArrays.count();
            edits.at(hook, value);
            return NativeArrays.count() - before;
        }
    }
}
