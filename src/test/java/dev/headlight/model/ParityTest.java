package dev.headlight.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import dev.headlight.model.Fixture.Value;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our forward pass against PyTorch's, at every hook point. */
@Tag("parity")
class ParityTest {
    static List<Fixture> everyModel() {
        return Fixture.all();
    }

    static List<Fixture> ownFixtures() {
        return Fixture.own();
    }

    static List<Fixture> modelsInTwoSpellings() {
        return Fixture.all().stream().filter(Fixture::hasOlderSpelling).toList();
    }

    static List<Fixture> modelsWithPaddedBatches() {
        return Fixture.all().stream().filter(f -> f.has("batch_right/logits")).toList();
    }

    @AfterAll
    static void writeTheTable() throws IOException {
        ParityReport.write();
    }

    @ParameterizedTest
    @MethodSource("everyModel")
    void everyHookPointIsWhatPyTorchComputes(Fixture f) {
        f.prompts().forEach((prompt, ids) -> {
            int compared = 0;
            for (Map.Entry<HookName, Value> e : f.run(List.of(ids)).get(0).entrySet()) {
                String name = prompt + "/" + e.getKey();
                if (f.has(name)) {
                    Value ours = e.getValue();
                    double difference = f.tensor(name).requireClose(ours.shape(), ours.values());
                    ParityReport.add(f, e.getKey().site().shortName(), difference);
                    compared++;
                }
            }
            if (!f.isListed()) { // a fixture's own list says which of its tensors are hook points
                assertThat(compared).isEqualTo(f.held(prompt));
            }
            if (!prompt.equals("clean")) {
                assertThat(compared).isGreaterThan(f.model().info().nLayers());
            }
        });
    }

    @ParameterizedTest
    @MethodSource("ownFixtures")
    void theModelHasTheHookPointsThatTheReferenceHasAndNoOthers(Fixture f) {
        Set<String> expected = new HashSet<>();
        for (JsonElement name : f.golden().getAsJsonArray("hooks")) {
            expected.add(name.getAsString());
        }
        assertThat(f.hooks().stream().map(HookName::toString)).containsExactlyInAnyOrderElementsOf(expected);
    }

    @ParameterizedTest
    @MethodSource("modelsInTwoSpellings")
    void aConfigurationAsTransformers4SpelledItMeansTheSameModel(Fixture f, @TempDir Path folder) throws IOException {
        Fixture older = f.inOlderSpelling(folder);
        try (HookedModel model = older.model()) {
            assertThat(model.info()).isEqualTo(f.model().info());
            for (String prompt : List.of("a", "b")) {
                Value ours = older.run(List.of(f.prompts().get(prompt))).get(0).get(HookName.of(Site.LOGITS));
                f.tensor(prompt + "/logits").requireClose(ours.shape(), ours.values());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyModel")
    void aRowOfABatchIsTheSameInputAlone(Fixture f) {
        int[] a = f.prompts().get("a");
        int[] reversed = new int[a.length];
        Arrays.setAll(reversed, i -> a[a.length - 1 - i]);
        List<int[]> rows = List.of(a, reversed, a);
        List<Map<HookName, Value>> together = f.run(rows);
        for (int row = 0; row < rows.size(); row++) {
            Map<HookName, Value> alone = f.run(List.of(rows.get(row))).get(0);
            for (HookName hook : f.hooks()) {
                double difference = requireAlmostEqual(
                        row + ": " + hook,
                        alone.get(hook).values(),
                        together.get(row).get(hook).values());
                ParityReport.add(f, "batch row and input alone", difference);
            }
        }
    }

    @ParameterizedTest(allowZeroInvocations = true) // none of the fixtures has any
    @MethodSource("modelsWithPaddedBatches")
    void aPaddedBatchOfPyTorchHoldsWhatTheInputsGiveAlone(Fixture f) {
        boolean positionsMatter = f.model().hookPoints().sites().contains(Site.POS_EMBED);
        for (String batch : List.of("batch_right", "batch_left_posids", "batch_left", "seed/x2_padded")) {
            // left padding without position ids is wrong wherever positions matter
            if (f.has(batch + "/logits") && !(batch.equals("batch_left") && positionsMatter)) {
                Reference mask = f.batch(batch + "/attention_mask");
                for (int row = 0; row < mask.shape()[0]; row++) {
                    compareRow(f, batch, row, mask.row(row).ints());
                }
            }
        }
    }

    private static void compareRow(Fixture f, String batch, int row, int[] mask) {
        int[] real = IntStream.range(0, mask.length).filter(i -> mask[i] == 1).toArray();
        int[] padded =
                f.batch(batch.replace("_padded", "") + "/input_ids").row(row).ints();
        int[] ids = Arrays.stream(real).map(i -> padded[i]).toArray();
        Map<HookName, Value> ours = f.run(List.of(ids)).get(0);
        for (HookName hook : f.hooks()) {
            if (f.has(batch + "/" + hook)) {
                Reference cut = cut(f.batch(batch + "/" + hook).row(row), hook.site(), real);
                double difference =
                        cut.requireClose(ours.get(hook).shape(), ours.get(hook).values());
                ParityReport.add(f, "padded batch: " + hook.site().shortName(), difference);
            }
        }
    }

    /** What is not padding. */
    private static Reference cut(Reference padded, Site site, int[] real) {
        if (!site.isAttention()) {
            return pick(padded, real);
        }
        List<Reference> heads = new ArrayList<>();
        for (int head = 0; head < padded.shape()[0]; head++) {
            Reference queries = pick(padded.row(head), real);
            for (int query = 0; query < real.length; query++) {
                heads.add(pick(queries.row(query), real));
            }
        }
        return new Reference(
                padded.name(),
                new long[] {padded.shape()[0], real.length, real.length},
                heads.stream().flatMapToDouble(r -> Arrays.stream(r.values())).toArray());
    }

    private static Reference pick(Reference all, int[] rows) {
        long[] shape = all.shape().clone();
        int size = all.values().length / (int) shape[0];
        shape[0] = rows.length;
        double[] values = new double[rows.length * size];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(all.values(), rows[i] * size, values, i * size, size);
        }
        return new Reference(all.name(), shape, values);
    }

    /** Within 1e-5, and two millionths of the largest value: the product of a larger matrix is summed in another order. */
    private static double requireAlmostEqual(String what, float[] one, float[] other) {
        assertThat(one).hasSameSizeAs(other);
        double tolerance = 1e-5;
        for (float x : one) {
            tolerance = Math.max(tolerance, 1e-5 + 2e-6 * (Float.isFinite(x) ? Math.abs(x) : 0));
        }
        double largest = 0;
        for (int i = 0; i < one.length; i++) {
            double difference = one[i] == other[i] ? 0 : Math.abs((double) one[i] - other[i]);
            if (!(difference <= tolerance)) { // NaN too
                throw new AssertionError(what + " is " + one[i] + " alone and " + other[i] + " in a batch");
            }
            largest = Math.max(largest, difference);
        }
        return largest;
    }
}
