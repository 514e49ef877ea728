package dev.headlight.interp.lens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.Fixture;
import dev.headlight.model.fault.BadSelection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The hook points that a lens can read. */
class LensHookNamesTest {
    private final Fixture f = Fixture.of("gpt2");

    @ParameterizedTest
    @CsvSource({
        "z, must be one of resid_pre",
        "embed, must be one of resid_pre",
        "logits, must be one of resid_pre",
        "blocks.*.mlp.hook_post, must be one of resid_pre",
        "rubbish, must be one of resid_pre"
    })
    void onlyWhatTheUnembeddingCouldReadHasALens(String hook, String why) {
        assertThatThrownBy(() -> LensHookNames.of(f.model().hookPoints(), 2, hook, null))
                .isInstanceOf(BadSelection.class)
                .hasMessageContaining(why);
    }

    @Test
    void aFullNameHasItsOwnLayer() {
        assertThat(LensHookNames.of(f.model().hookPoints(), 2, "blocks.1.hook_mlp_out", null))
                .hasToString("[blocks.1.hook_mlp_out]");
        assertThat(LensHookNames.of(f.model().hookPoints(), 2, "blocks.*.hook_mlp_out", List.of(1, 0)))
                .hasToString("[blocks.1.hook_mlp_out, blocks.0.hook_mlp_out]");
        assertThatThrownBy(() -> LensHookNames.of(f.model().hookPoints(), 2, "blocks.1.hook_mlp_out", List.of(1)))
                .hasMessageContaining("must be left out");
    }
}
