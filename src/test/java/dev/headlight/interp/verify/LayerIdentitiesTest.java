package dev.headlight.interp.verify;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.NativeArrays;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.Hooks;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The memory that the checks of a run hold. */
class LayerIdentitiesTest {
    private final Fixture f = Fixture.of("gpt2");

    /** Checking a run keeps no more of it than running it does. */
    @Test
    void identitiesKeepNothingOfTheLayersThatTheyHaveChecked() {
        LayerIdentities.Violations violations =
                new LayerIdentities.Violations(new WorstResidual(), new WorstResidual(), new WorstResidual());
        assertThat(heldAfterRun(new LayerIdentities(f.model(), List.of(0), violations)))
                .isEqualTo(heldAfterRun(new Capture(List.of())));
    }

    private long heldAfterRun(Hooks hooks) {
        try (NDManager manager = f.model().newManager()) {
            NDArray ids = HookedModel.ids(manager, List.of(f.prompts().get("a")));
            long before = NativeArrays.count();
            f.model().forward(ids, hooks);
            return NativeArrays.count() - before;
        }
    }
}
