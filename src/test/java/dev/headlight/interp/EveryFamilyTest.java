package dev.headlight.interp;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.Clamp;
import dev.headlight.interp.intervene.action.Freeze;
import dev.headlight.interp.intervene.action.Scale;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.AnswerMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of every model of any family, sizes and switches. */
class EveryFamilyTest {
    private static final int MODELS = Integer.getInteger("headlight.random-models", 4); // of each fixture
    private static final long SEED = Long.getLong("headlight.seed", 5);

    static List<Path> origins() {
        return RandomModels.origins();
    }

    @TempDir
    private Path scratch;

    private interface Property {
        void check(HookedModel model, Random random);
    }

    private void holds(Path origin, Property property) {
        RandomModels models = new RandomModels(SEED + origin.getFileName().hashCode());
        Random random = new Random(SEED);
        for (int i = 0; i < MODELS; i++) {
            try (HookedModel model = models.next(origin, scratch)) {
                property.check(model, random);
            } catch (AssertionError e) {
                throw new AssertionError("model " + i + " of " + origin.getFileName() + ": " + e.getMessage(), e);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("origins")
    void aRowOfABatchIsTheSameInputAlone(Path origin) {
        holds(origin, (model, random) -> {
            List<int[]> rows = List.of(ids(model, random), ids(model, random), ids(model, random));
            List<Map<HookName, float[]>> together = run(model, rows);
            for (int row = 0; row < rows.size(); row++) {
                Map<HookName, float[]> alone =
                        run(model, List.of(rows.get(row))).get(0);
                for (HookName hook : alone.keySet()) {
                    close(hook + " of row " + row, together.get(row).get(hook), alone.get(hook));
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("origins")
    void noTokenOfACausalModelSeesALaterOne(Path origin) {
        holds(origin, (model, random) -> {
            if (!model.info().causal()) {
                return;
            }
            int[] one = ids(model, random);
            int[] other = one.clone();
            int from = 1 + random.nextInt(one.length - 1);
            for (int i = from; i < one.length; i++) {
                other[i] = (one[i] + 1 + random.nextInt(model.info().vocabSize() - 1))
                        % model.info().vocabSize();
            }
            Map<HookName, float[]> before = run(model, List.of(one)).get(0);
            Map<HookName, float[]> after = run(model, List.of(other)).get(0);
            for (HookName hook : before.keySet()) {
                if (!hook.site().isAttention()) {
                    int width = before.get(hook).length / one.length;
                    close(
                            hook.toString(),
                            Arrays.copyOf(after.get(hook), from * width),
                            Arrays.copyOf(before.get(hook), from * width));
                } else if (hook.site() == Site.PATTERN) {
                    requireNothingAboveTheDiagonal(before.get(hook), one.length);
                }
            }
        });
    }

    private static void requireNothingAboveTheDiagonal(float[] pattern, int n) {
        for (int i = 0; i < pattern.length; i++) {
            int key = i % n;
            int query = i / n % n;
            assertThat(key > query && pattern[i] != 0).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("origins")
    void anInterventionThatChangesNothingIsExact(Path origin) {
        holds(origin, (model, random) -> {
            try (AnswerMemory kept = new AnswerMemory()) {
                Session session = Requests.session(model, kept);
                List<Intervention> nothing = new ArrayList<>();
                for (HookName hook : model.hookPoints().every()) {
                    nothing.add(whole(hook, new Scale(1)));
                    nothing.add(whole(hook, new Freeze()));
                    nothing.add(whole(hook, new Clamp(-1e30, 1e30)));
                }
                Interventions.Answer answer = Interventions.compute(
                        session,
                        Requests.inputs(session, ids(model, random)),
                        new Interventions.Query(
                                nothing, List.of(HookName.of(Site.LOGITS)), null, -1, null, null, true));
                Interventions.Captured logits =
                        answer.results().get(0).captured().get("logits");
                assertThat(logits.modified().toFloats())
                        .isEqualTo(logits.original().toFloats());
                assertThat(answer.results().get(0).effect().klDivergence()).isZero();
            }
        });
    }

    /** A block's output is joined from what it received and what its layers wrote: where these are frozen, that is all. */
    @ParameterizedTest
    @MethodSource("origins")
    void withAllThatLayersWriteFrozenOnlyTheStreamCarriesAnEdit(Path origin) {
        holds(origin, (model, random) -> {
            int[] ids = ids(model, random);
            int layers = model.info().nLayers();
            List<Intervention> interventions = new ArrayList<>();
            interventions.add(whole(new HookName(0, Site.RESID_PRE), new Scale(1.5)));
            for (int layer = 0; layer < layers; layer++) {
                interventions.add(whole(new HookName(layer, Site.ATTN_OUT), new Freeze()));
                interventions.add(whole(new HookName(layer, Site.MLP_OUT), new Freeze()));
            }
            HookName last = new HookName(layers - 1, Site.RESID_POST);
            Capture plain = new Capture(model.hookPoints().every());
            Capture frozen = new Capture(List.of(last));
            try (AnswerMemory kept = new AnswerMemory();
                    NDManager manager = model.newManager();
                    InterventionRun altered = new InterventionRun(Requests.session(model, kept), interventions, true)) {
                altered.check(Requests.inputs(Requests.session(model, kept), ids));
                model.forward(HookedModel.ids(manager, List.of(ids)), plain);
                model.forward(
                        HookedModel.ids(manager, List.of(ids)),
                        altered.on(manager, List.of(ids)).then(frozen));
                NDArray stream = plain.value(new HookName(0, Site.RESID_PRE)).mul(1.5);
                for (int layer = 0; layer < layers; layer++) {
                    NDArray attn = plain.value(new HookName(layer, Site.ATTN_OUT));
                    NDArray mlp = plain.value(new HookName(layer, Site.MLP_OUT));
                    stream = model.rejoin(layer, stream, attn, mlp).get(Site.RESID_POST);
                }
                close("the stream", frozen.value(last).toFloatArray(), stream.toFloatArray());
            }
        });
    }

    private static Intervention whole(HookName hook, Action action) {
        return new Intervention("i", hook, null, null, null, null, action);
    }

    private static int[] ids(HookedModel model, Random random) {
        int longest = model.info().contextLength() == null
                ? 12
                : Math.min(12, model.info().contextLength());
        return random.ints(longest, 0, model.info().vocabSize()).toArray();
    }

    private static List<Map<HookName, float[]>> run(HookedModel model, List<int[]> rows) {
        Capture capture = new Capture(model.hookPoints().every());
        try (NDManager manager = model.newManager()) {
            model.forward(HookedModel.ids(manager, rows), capture);
            List<Map<HookName, float[]>> all = new ArrayList<>();
            for (int row = 0; row < rows.size(); row++) {
                Map<HookName, float[]> one = new HashMap<>();
                for (HookName hook : model.hookPoints().every()) {
                    NDArray value = capture.value(hook).get(row);
                    one.put(hook, value.toFloatArray());
                }
                all.add(one);
            }
            return all;
        }
    }

    private static void close(String what, float[] one, float[] other) {
        assertThat(one).as(what).hasSameSizeAs(other);
        double scale = 1;
        for (float value : other) {
            scale = Float.isFinite(value) ? Math.max(scale, Math.abs(value)) : scale;
        }
        for (int i = 0; i < one.length; i++) {
            if (one[i] != other[i] && !(Math.abs((double) one[i] - other[i]) <= 1e-5 * scale)) { // NaN too
                throw new AssertionError(what + " at " + i + " is " + one[i] + ", not " + other[i]);
            }
        }
    }
}
