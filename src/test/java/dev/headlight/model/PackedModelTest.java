package dev.headlight.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Fixture.Value;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models with packed weights, against PyTorch's values and against the same models without packed weights. */
class PackedModelTest {
    private static final int EVERY_LAYER = 1;

    static List<Fixture> everyModel() {
        return Fixture.own();
    }

    @ParameterizedTest
    @MethodSource("everyModel")
    void everyHookPointIsWhatPyTorchComputes(Fixture f) {
        Fixture packed = f.on(Fixture.TORCH);
        try (HookedModel model = packed.model()) {
            assertThat(model.packedBytes(EVERY_LAYER)).isPositive();
            model.pack(EVERY_LAYER);
            f.prompts().forEach((prompt, ids) -> {
                for (Map.Entry<HookName, Value> e :
                        packed.run(List.of(ids)).get(0).entrySet()) {
                    String name = prompt + "/" + e.getKey();
                    if (f.has(name)) {
                        f.tensor(name)
                                .requireClose(e.getValue().shape(), e.getValue().values());
                    }
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("everyModel")
    void fusedOperationsChangeNoLogit(Fixture f) {
        Integer context = f.model().info().contextLength();
        int length = context == null ? 70 : Math.min(70, context); // the fused attention kernel starts at 64
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) {
            ids[i] = (7 * i + 3) % f.model().info().vocabSize();
        }
        try (HookedModel packed = f.on(Fixture.TORCH).model()) {
            packed.pack(EVERY_LAYER);
            float[] alone = logits(packed, ids, List.of(HookName.of(Site.LOGITS)));
            float[] expected = logits(f.model(), ids, f.hooks()); // each step on its own, for its hook
            for (int i = 0; i < expected.length; i++) {
                assertThat(alone[i]).isCloseTo(expected[i], within(2e-4f * Math.max(1, Math.abs(expected[i]))));
            }
        }
    }

    private static float[] logits(HookedModel model, int[] ids, List<HookName> captured) {
        Capture capture = new Capture(captured);
        try (NDManager manager = model.newManager()) {
            NDArray logits = model.forward(HookedModel.ids(manager, List.of(ids)), capture);
            return logits.toFloatArray();
        }
    }
}
