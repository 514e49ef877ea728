package dev.headlight.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Fixture.Value;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models that compute in float16. */
class HalfTest {
    /** Of a tensor's largest magnitude; the largest seen is 0.036, where a router's two best experts are almost equal. */
    private static final double TOLERANCE = 0.04;

    private static Fixture gpt2;

    static List<Fixture> models() {
        return Fixture.own();
    }

    @BeforeAll
    static void load() {
        gpt2 = Fixture.of("gpt2").on(Fixture.HALF);
    }

    @AfterAll
    static void close() {
        gpt2.model().close();
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyHookPointIsWithinHalfPrecisionOfPyTorchsFloat32(Fixture f) {
        Fixture half = f.on(Fixture.HALF);
        f.prompts().forEach((prompt, ids) -> {
            for (Map.Entry<HookName, Value> e : half.run(List.of(ids)).get(0).entrySet()) {
                String name = prompt + "/" + e.getKey();
                if (f.has(name)) {
                    f.tensor(name).requireWithin(TOLERANCE, e.getValue().values());
                }
            }
        });
        half.model().close();
    }

    /** What a request sees of it. */
    @Test
    void itSaysWhatItComputesInAndAnswersInFloat32() {
        assertThat(gpt2.model().dtype()).isEqualTo("float16");
        assertThat(gpt2.model().provenance(List.of()).dtype()).isEqualTo("float16");
        Seen seen = new Seen();
        try (NDManager scratch = gpt2.model().newManager()) {
            assertThat(forward(scratch, seen).getDataType()).isEqualTo(DataType.FLOAT32);
        }
        assertThat(seen.values).containsKeys(gpt2.hooks().toArray(HookName[]::new));
        seen.values.forEach((hook, values) -> { // all of them fit float16
            for (float value : values) {
                assertThat(value).as(hook.toString()).isEqualTo(rounded(value));
            }
        });
    }

    @Test
    void hooksThatChangeNothingLeaveEveryBit() {
        try (NDManager scratch = gpt2.model().newManager()) {
            float[] alone = forward(scratch, new Capture(List.of())).toFloatArray();
            assertThat(forward(scratch, new Seen()).toFloatArray()).isEqualTo(alone);
            assertThat(forward(scratch, new Plus(0)).toFloatArray()).isEqualTo(alone);
            assertThat(forward(scratch, new Plus(0.1f)).toFloatArray()).isNotEqualTo(alone);
        }
    }

    @Test
    void aCaptureBehindAnEditSeesWhatTheModelSees() {
        Seen before = new Seen();
        Seen after = new Seen();
        try (NDManager scratch = gpt2.model().newManager()) {
            forward(scratch, before.then(new Plus(0.1f)).then(after));
        }
        HookName hook = new HookName(1, Site.RESID_POST);
        float[] original = before.values.get(hook);
        for (int i = 0; i < original.length; i++) {
            assertThat(after.values.get(hook)[i]).isEqualTo(rounded(original[i] + 0.1f));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void resumingAfterAnyBlockGivesTheSameBits(Fixture f) {
        Fixture half = f.on(Fixture.HALF);
        HookedModelResumeTest.requireSameBits(half);
        half.model().close();
    }

    @Test
    void theNormsOfValuesAreThoseOfFloat32() {
        int[] ids = gpt2.prompts().get("a");
        HookName v = new HookName(1, Site.V);
        List<float[]> norms = new ArrayList<>();
        for (Fixture f : List.of(Fixture.of("gpt2"), gpt2)) {
            try (NDManager scratch = f.model().newManager()) {
                Capture capture = new Capture(List.of(v));
                f.model().forward(HookedModel.ids(scratch, List.of(ids)), capture);
                NDArray huge = capture.value(v).mul(1000); // its squares are beyond float16
                norms.add(f.model().weightAnalyses().valueNorms(1, huge).toFloatArray());
            }
        }
        for (int i = 0; i < norms.get(0).length; i++) {
            float want = norms.get(0)[i];
            assertThat(norms.get(1)[i]).isBetween(0.97f * want, 1.03f * want);
        }
    }

    private static NDArray forward(NDManager scratch, Hooks hooks) {
        NDArray ids = HookedModel.ids(scratch, List.of(gpt2.prompts().get("a")));
        return gpt2.model().forward(ids, hooks);
    }

    private static float rounded(float value) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray one = manager.create(new float[] {value}, new Shape(1));
            return one.toType(DataType.FLOAT16, true)
                    .toType(DataType.FLOAT32, true)
                    .toFloatArray()[0];
        }
    }

    /** Reads every hook point. */
    private static final class Seen implements Hooks {
        private final Map<HookName, float[]> values = new HashMap<>();

        @Override
        public NDArray at(HookName name, NDArray value) {
            values.put(name, value.toFloatArray());
            assertThat(value.getDataType()).isEqualTo(DataType.FLOAT32);
            return value;
        }

        @Override
        public boolean wants(HookName name) {
            return true;
        }

        @Override
        public boolean changes(HookName name) {
            return false;
        }
    }

    /** Adds a number at every residual stream. */
    private record Plus(float number) implements Hooks {
        @Override
        public NDArray at(HookName name, NDArray value) {
            return value.add(number);
        }

        @Override
        public boolean wants(HookName name) {
            return name.site() == Site.RESID_POST;
        }

        @Override
        public boolean changes(HookName name) {
            return wants(name);
        }
    }
}
