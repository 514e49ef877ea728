package dev.headlight.interp.attribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.headlight.interp.Requests;
import dev.headlight.interp.heads.HeadCircuit;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.action.Noise;
import dev.headlight.interp.intervene.action.SeededRandom;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.NativeArrays;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold of the attributions of any model: they sum to what they are parts of. */
class AttributionOfEveryFamilyTest {
    private static final long SEED = 11;
    private static final Metric DIFFERENCE = new Metric(Metric.Type.LOGIT_DIFFERENCE, 3, 7, -1);

    @TempDir
    private Path scratch;

    static List<Path> origins() {
        return RandomModels.origins();
    }

    /** Those where it is defined. */
    static List<Path> linear() {
        return Fixture.own().stream()
                .filter(f -> f.model().weightAnalyses().readsLinearly())
                .map(Fixture::folder)
                .toList();
    }

    private HookedModel model(Path origin, DataType dtype) {
        return new RandomModels(SEED + origin.getFileName().hashCode()).next(origin, scratch, dtype);
    }

    private static int[] ids(HookedModel model, int length) {
        return new Random(SEED).ints(length, 0, model.info().vocabSize()).toArray();
    }

    private static Attribution.Query query(List<Integer> positions, Intervention... interventions) {
        return new Attribution.Query(DIFFERENCE, positions, false, false, null, List.of(interventions), true);
    }

    /** At several positions of inputs of two lengths, as the model alone gives it. */
    @ParameterizedTest
    @MethodSource("origins")
    void theComponentsSumToTheLogitDifference(Path origin) {
        try (HookedModel model = model(origin, DataType.FLOAT32);
                AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(model, kept);
            int[][] inputs = {ids(model, 7), ids(model, 5), ids(model, 7)};
            var encoded = Requests.inputs(session, inputs);
            if (!model.weightAnalyses().readsLinearly()) {
                assertThatThrownBy(() -> Attribution.compute(session, encoded, query(List.of(-1))))
                        .isInstanceOf(BadSelection.class)
                        .hasMessageContaining("non-linear layer");
                return;
            }
            Attribution.Answer answer = Attribution.compute(session, encoded, query(List.of(-1, 0, 3)));
            for (int i = 0; i < inputs.length; i++) {
                Attribution.Result result = answer.results().get(i);
                double[][] logits = logits(model, inputs[i]);
                assertThat(result.positions()).containsExactly(inputs[i].length - 1, 0, 3);
                for (int p = 0; p < 3; p++) {
                    double[] row = logits[result.positions().get(p)];
                    List<Double> asGiven = result.softCapped() == null ? result.logit() : result.softCapped();
                    assertThat(asGiven.get(p)).isCloseTo(row[3] - row[7], offset(1e-5 * (1 + Math.abs(row[3]))));
                    requireSum(result, p);
                }
            }
        }
    }

    /** The sum of what the answer holds, by its own tensors. */
    private static void requireSum(Attribution.Result result, int position) {
        double sum = 0;
        double largest = 0;
        for (Tensor part : result.components().parts().values()) {
            float[] values = part.toFloats();
            int positions = result.positions().size(); // the last axis of every part
            for (int i = position; i < values.length; i += positions) {
                sum += values[i];
                largest = Math.max(largest, Math.abs(values[i]));
            }
        }
        double bound = 2e-5 * (largest + Math.abs(result.logit().get(position)));
        assertThat(sum).isCloseTo(result.logit().get(position), offset(bound));
        assertThat(result.total().get(position)).isCloseTo(sum, offset(bound));
        assertThat(result.residual().get(position))
                .isCloseTo(result.logit().get(position) - result.total().get(position), offset(1e-9));
    }

    private static double[][] logits(HookedModel model, int[] ids) {
        try (NDManager manager = model.newManager()) {
            float[] all = model.forward(HookedModel.ids(manager, List.of(ids)), new Capture(List.of()))
                    .toFloatArray();
            double[][] rows = new double[ids.length][all.length / ids.length];
            for (int i = 0; i < all.length; i++) {
                rows[i / rows[0].length][i % rows[0].length] = all[i];
            }
            return rows;
        }
    }

    @ParameterizedTest
    @MethodSource("linear")
    void whatInterventionsAddIsAComponentToo(Path origin) {
        try (HookedModel model = model(origin, DataType.FLOAT32);
                AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(model, kept);
            List<Intervention> interventions = new ArrayList<>();
            for (HookName hook : model.hookPoints().every()) {
                boolean width = hook.site() != Site.LOGITS
                        && hook.site() != Site.EXPERT_INDICES
                        && hook.site() != Site.EXPERT_WEIGHTS
                        && !hook.site().isAttention();
                if (width) {
                    interventions.add(new Intervention(
                            "i",
                            hook,
                            null,
                            null,
                            null,
                            null,
                            new Noise(0.3, new SeededRandom(hook.toString().hashCode()))));
                }
            }
            var encoded = Requests.inputs(session, ids(model, 6), ids(model, 6));
            Attribution.Answer answer = Attribution.compute(
                    session, encoded, query(List.of(5, 2), interventions.toArray(Intervention[]::new)));
            assertThat(answer.warnings()).isEmpty();
            for (Attribution.Result result : answer.results()) {
                assertThat(result.components().interventions())
                        .containsKey("blocks.0.hook_resid_pre")
                        .containsKey("blocks.0.hook_mlp_out");
                requireSum(result, 0);
                requireSum(result, 1);
            }
            Attribution.Answer plain = Attribution.compute(session, encoded, query(List.of(5, 2)));
            assertThat(plain.results().get(0).components().interventions()).isEmpty();
            assertThat(plain.results().get(0).logit())
                    .isNotEqualTo(answer.results().get(0).logit());
        }
    }

    @ParameterizedTest
    @MethodSource("linear")
    void headsAreSumsOverSourcesAndMlpsOverNeurons(Path origin) {
        try (HookedModel model = model(origin, DataType.FLOAT32);
                AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(model, kept);
            boolean neurons = model.info().nExperts() == 0;
            var encoded = Requests.inputs(session, ids(model, 6));
            Attribution.Query query = new Attribution.Query(DIFFERENCE, List.of(4), true, neurons, 3, List.of(), true);
            Attribution.Result result =
                    Attribution.compute(session, encoded, query).results().get(0);
            LogitComponents parts = result.components();
            float[] heads = parts.heads().toFloats();
            assertThat(parts.sources().dims()).containsExactly("layer", "head", "source");
            float[] sources = parts.sources().toFloats();
            assertThat(parts.sources().shape()[2]).isEqualTo(6);
            double largest = largest(sources);
            for (int i = 0; i < heads.length; i++) {
                double sum = 0;
                for (int source = 0; source < 6; source++) {
                    sum += sources[6 * i + source];
                }
                assertThat(sum).isCloseTo(heads[i], offset(1e-5 * largest));
                if (model.info().causal()) {
                    assertThat(sources[6 * i + 5]).isZero(); // behind the position that is read
                }
            }
            if (neurons) {
                requireNeurons(parts);
                assertThat(result.topNeurons()).hasSize(3);
                assertThat(Math.abs(result.topNeurons().get(0).value()))
                        .isEqualTo(largest(parts.neurons().toFloats()));
            } else {
                assertThatThrownBy(() -> Attribution.compute(
                                session,
                                encoded,
                                new Attribution.Query(DIFFERENCE, null, false, true, null, List.of(), true)))
                        .hasMessageContaining("experts");
            }
        }
    }

    private static void requireNeurons(LogitComponents parts) {
        int width = (int) parts.neurons().shape()[2];
        float[] neurons = parts.neurons().toFloats();
        float[] mlps = parts.mlps().toFloats();
        float[] biases = parts.mlpBias().toFloats();
        for (int layer = 0; layer < mlps.length; layer++) {
            double sum = biases[layer];
            for (int i = 0; i < width; i++) {
                sum += neurons[layer * width + i];
            }
            assertThat(sum).isCloseTo(mlps[layer], offset(1e-5 * largest(neurons)));
        }
    }

    /** In half precision what is left over is the model's own rounding; the circuits are there too. Nothing stays in memory. */
    @ParameterizedTest
    @MethodSource("origins")
    void halfPrecisionRoundsAndNothingIsLeftBehind(Path origin) {
        try (HookedModel model = model(origin, DataType.FLOAT16)) {
            long before = NativeArrays.count();
            try (AnswerMemory kept = new AnswerMemory()) {
                Session session = Requests.session(model, kept);
                var encoded = Requests.inputs(session, ids(model, 6));
                HeadCircuit.compute(session, encoded, new HeadCircuit.Query(0, 0, HeadCircuit.Kind.QK, 1));
                if (model.weightAnalyses().readsLinearly()) {
                    HeadCircuit.compute(session, encoded, new HeadCircuit.Query(0, 0, HeadCircuit.Kind.OV, 1));
                    boolean neurons = model.info().nExperts() == 0;
                    Attribution.Query query =
                            new Attribution.Query(DIFFERENCE, null, true, neurons, null, List.of(), true);
                    Attribution.Result result = Attribution.compute(session, encoded, query)
                            .results()
                            .get(0);
                    double largest = 0;
                    for (Tensor part : result.components().parts().values()) {
                        largest = Math.max(largest, largest(part.toFloats()));
                    }
                    assertThat(result.residual().get(0)).isCloseTo(0, offset(0.01 * (1 + largest)));
                }
            }
            assertThat(NativeArrays.count()).isEqualTo(before);
        }
    }

    private static float largest(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
