package dev.headlight.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.Gradients;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Passes of several requests as rows of one batch. */
class PassBatchTest {
    private static final double ROUNDING = 1e-4; // as for the rows of one request, see Verification

    private final HeldEngine engine = new HeldEngine();

    @AfterEach
    void stop() {
        engine.close();
    }

    static Stream<Fixture> fixtures() {
        return Fixture.own().stream();
    }

    /** One request: its tokens and its edit, and what it reads. */
    private static final class Request implements Runnable {
        private final HookedModel model;
        private final List<int[]> rows;
        private final Supplier<Hooks> edit;
        private final Map<HookName, float[]> values = new HashMap<>();
        private float[] logits = {};

        private Request(HookedModel model, List<int[]> rows, Supplier<Hooks> edit) {
            this.model = model;
            this.rows = rows;
            this.edit = edit;
        }

        private Request on(HookedModel other) {
            return new Request(other, rows, edit);
        }

        @Override
        public void run() {
            List<HookName> every = model.hookPoints().every();
            try (NDManager memory = model.newManager()) {
                Capture capture = new Capture(every);
                NDArray result =
                        model.forward(HookedModel.ids(memory, rows), edit.get().then(capture));
                logits = result.toFloatArray();
                every.forEach(hook -> values.put(hook, capture.value(hook).toFloatArray()));
            }
        }
    }

    private static Hooks nothing() {
        return new Capture(List.of());
    }

    private static Hooks scaled(double factor, Site site) {
        return Hooks.changing(name -> name.equals(new HookName(0, site)), (name, value) -> value.mul(factor));
    }

    private static Hooks failing() {
        return Hooks.changing(name -> name.equals(new HookName(0, Site.ATTN_OUT)), (name, value) -> {
            throw new IllegalArgumentException("the edit is impossible");
        });
    }

    private static int[] tokens(HookedModel model, int first) {
        int vocab = model.info().vocabSize();
        return new int[] {first % vocab, (first + 3) % vocab, (first + 5) % vocab, (first + 8) % vocab};
    }

    /** Three requests with a different edit each, one of two rows, and one in the middle that fails. */
    private static List<Request> requests(HookedModel model) {
        return List.of(
                new Request(model, List.of(tokens(model, 1)), () -> scaled(3, Site.Z)),
                new Request(model, List.of(tokens(model, 2)), PassBatchTest::failing),
                new Request(model, List.of(tokens(model, 3), tokens(model, 7)), PassBatchTest::nothing),
                new Request(model, List.of(tokens(model, 4)), () -> scaled(0, Site.RESID_POST)));
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void eachRequestOfABatchGetsWhatItGetsAlone(Fixture fixture) {
        long before = NativeArrays.count();
        try (HookedModel model = scheduled(fixture)) {
            long weights = NativeArrays.count();
            List<Request> together = requests(model);
            List<CompletableFuture<Void>> running = engine.together(List.copyOf(together));
            assertThatThrownBy(running.get(1)::join).hasRootCauseMessage("the edit is impossible");
            for (int i : new int[] {0, 2, 3}) {
                running.get(i).join();
                Request alone = together.get(i).on(fixture.model());
                alone.run();
                assertClose("logits", together.get(i).logits, alone.logits);
                alone.values.forEach((hook, value) ->
                        assertClose(hook.toString(), together.get(i).values.get(hook), value));
            }
            assertThat(engine.batches()).containsExactly(1, 4);
            assertThat(NativeArrays.count()).isEqualTo(weights);
        }
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    private HookedModel scheduled(Fixture fixture) {
        return fixture.on(Fixture.TORCH.scheduledBy(engine.scheduler())).model();
    }

    private static void assertClose(String what, float[] actual, float[] expected) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(actual[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
            boolean equal = Float.compare(actual[i], expected[i]) == 0 || difference < ROUNDING;
            assertThat(equal)
                    .as("%s[%s]: %s, alone %s", what, i, actual[i], expected[i])
                    .isTrue();
        }
    }

    @Test
    void aRequestThatChangesItsValueInPlaceReachesNoOtherRow() {
        Fixture fixture = Fixture.of("gpt2");
        try (HookedModel model = scheduled(fixture)) {
            Request careless = new Request(
                    model,
                    List.of(tokens(model, 1)),
                    () -> Hooks.changing(
                            name -> name.equals(new HookName(0, Site.MLP_POST)), (name, value) -> value.muli(100)));
            Request other = new Request(model, List.of(tokens(model, 2)), PassBatchTest::nothing);
            engine.together(List.of(careless, other)).forEach(CompletableFuture::join);
            Request alone = other.on(fixture.model());
            alone.run();
            assertThat(engine.batches()).containsExactly(1, 2);
            assertClose("logits", other.logits, alone.logits);
        }
    }

    @Test
    void hooksThatReturnAnotherShapeFailAlone() {
        try (HookedModel model = scheduled(Fixture.of("gpt2"))) {
            Request wrong = new Request(
                    model,
                    List.of(tokens(model, 1)),
                    () -> Hooks.changing(
                            name -> name.equals(new HookName(0, Site.MLP_POST)), (name, value) -> value.repeat(0, 2)));
            Request other = new Request(model, List.of(tokens(model, 2)), PassBatchTest::nothing);
            List<CompletableFuture<Void>> running = engine.together(List.of(wrong, other));
            assertThatThrownBy(running.get(0)::join).rootCause().hasMessageContaining("changed the shape");
            running.get(1).join();
        }
    }

    /** The router of a mixture refuses an expert that it does not have, and so would end the pass of every row. */
    @Test
    void onlyPassesThatCannotDisturbOthersRunTogether() {
        Fixture mixture = Fixture.of("mixtral");
        try (HookedModel model = scheduled(mixture)) {
            Request refused = new Request(model, List.of(tokens(model, 1)), () -> scaled(100, Site.EXPERT_INDICES));
            Request longer = new Request(model, List.of(new int[] {1, 2}), PassBatchTest::nothing);
            Request other = new Request(model, List.of(tokens(model, 2)), PassBatchTest::nothing);
            List<CompletableFuture<Void>> running = engine.together(List.of(refused, longer, other));
            assertThatThrownBy(running.get(0)::join).rootCause().hasMessageContaining("expert index");
            running.get(1).join();
            running.get(2).join();
            assertThat(engine.batches()).containsExactly(1, 1, 1, 1);
        }
    }

    @Test
    void laterBlocksAndTheUnembeddingRunTogetherToo() {
        Fixture fixture = Fixture.of("gpt2");
        try (HookedModel model = scheduled(fixture)) {
            List<float[]> alone = new ArrayList<>();
            List<float[]> together = new ArrayList<>(List.of(new float[0], new float[0]));
            List<Runnable> requests = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int request = i;
                alone.add(resumed(fixture.model(), request));
                requests.add(() -> together.set(request, resumed(model, request)));
            }
            engine.together(requests).forEach(CompletableFuture::join);
            assertThat(engine.batches()).startsWith(1, 2);
            assertClose("first", together.get(0), alone.get(0));
            assertClose("second", together.get(1), alone.get(1));
        }
    }

    private static float[] resumed(HookedModel model, int seed) {
        try (NDManager memory = model.newManager()) {
            float[] values = new float[4 * model.info().dModel()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) Math.sin(i * (seed + 1));
            }
            NDArray resid = memory.create(values, new Shape(1, 4, model.info().dModel()));
            return model.resume(1, resid, nothing()).toFloatArray();
        }
    }

    /** The backward pass is per thread: on another thread than the forward pass, it would return zeros. */
    @Test
    void gradientsAreComputedInASection() {
        HookName hook = new HookName(0, Site.RESID_POST);
        try (HookedModel model = scheduled(Fixture.of("gpt2"));
                NDManager memory = model.newManager()) {
            NDArray ids = HookedModel.ids(memory, List.of(tokens(model, 1)));
            Gradients gradients = new Gradients(List.of(hook));
            assertThatThrownBy(() -> model.forward(ids, new Gradients(List.of(hook))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("section");
            float[] found = model.section(ids, () -> {
                gradients.backward(model.forward(ids, gradients).sum());
                return gradients.of(hook).toFloatArray();
            });
            assertThat(found).isNotEmpty();
            assertThat(Arrays.equals(found, new float[found.length])).isFalse();
        }
    }
}
