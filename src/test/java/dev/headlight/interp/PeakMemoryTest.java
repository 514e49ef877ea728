package dev.headlight.interp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.Patch;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Allocations;
import dev.headlight.model.Fixture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.AnswerMemory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The native memory that a request holds while it runs. */
class PeakMemoryTest {
    private final Fixture f = Fixture.of("gpt2");

    /** A patched value belongs to the run that is patched, and not to the memory of its source, which outlives the run. */
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
                AnswerMemory memory = new AnswerMemory()) {
            Session session = Requests.session(f.model(), memory);
            Interventions.compute(session, Requests.inputs(session, inputs), query);
            return allocations.peak();
        }
    }
}
