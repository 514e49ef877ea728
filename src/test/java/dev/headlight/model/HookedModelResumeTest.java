package dev.headlight.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HookedModelResumeTest {
    static List<Fixture> models() {
        return Fixture.own();
    }

    @ParameterizedTest
    @MethodSource("models")
    void resumingAfterAnyBlockGivesTheSameBits(Fixture fixture) {
        requireSameBits(fixture);
    }

    static void requireSameBits(Fixture fixture) {
        HookedModel model = fixture.model();
        int layers = model.info().nLayers();
        List<HookName> stream = IntStream.range(0, layers)
                .mapToObj(l -> new HookName(l, Site.RESID_POST))
                .toList();
        try (NDManager scratch = model.newManager()) {
            Capture capture = new Capture(stream);
            NDArray whole = model.forward(
                    HookedModel.ids(scratch, List.of(fixture.prompts().get("a"))), capture);
            for (int layer = 1; layer <= layers; layer++) {
                NDArray resumed = model.resume(layer, capture.value(stream.get(layer - 1)), new Capture(List.of()));
                assertThat(resumed.toFloatArray()).as("layer %d", layer).isEqualTo(whole.toFloatArray());
            }
        }
    }
}
