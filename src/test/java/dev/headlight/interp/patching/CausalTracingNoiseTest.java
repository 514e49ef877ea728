package dev.headlight.interp.patching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import com.google.gson.JsonParser;
import dev.headlight.interp.Requests;
import dev.headlight.interp.Tensors;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.interp.metric.Metric;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Causal tracing by what it is made of: noise on the embeddings, and clean values in a window of layers. */
class CausalTracingNoiseTest extends OnGpt2 {
    private static final Metric METRIC = new Metric(Metric.Type.LOG_PROBABILITY, 3, null, -1);
    private static final long SEED = 20;

    private Patching.Answer trace(CausalTracingNoise noise, int window) {
        SweepGrid.Query grid = new SweepGrid.Query(
                "mlp_out",
                List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION),
                null,
                List.of(1, 2, -1),
                null,
                null,
                window);
        SweepQuery patch = new SweepQuery(grid, METRIC, SweepQuery.Direction.DENOISING, null, 0, List.of(), true);
        return Patching.compute(
                session,
                Requests.inputs(session, a),
                new Patching.Query(patch, noise, List.of(), true),
                (cells, values) -> {});
    }

    /** The log-probability under noise at positions 1 and 2, with clean values at these layers and this position. */
    private double restored(long seed, List<Integer> layers, int position) {
        StringBuilder json = new StringBuilder(
                "[{'hook':'hook_embed','positions':[1,2],'action':{'type':'noise','std':0.5,'seed':" + seed + "}}");
        for (int layer : layers) {
            json.append(",{'hook':'mlp_out','layer':")
                    .append(layer)
                    .append(",'positions':[")
                    .append(position);
            json.append("],'action':{'type':'patch','source':")
                    .append(JsonParser.parseString(java.util.Arrays.toString(a)));
            json.append("}}");
        }
        List<Encoded> inputs = Requests.inputs(session, a);
        Interventions.Query query = new Interventions.Query(
                Requests.interventions(f.model().hookPoints(), json.append("]").toString()),
                List.of(HookName.of(Site.LOGITS)),
                null,
                -1,
                null,
                null,
                true);
        float[] logits = Interventions.compute(session, inputs, query)
                .results()
                .get(0)
                .captured()
                .get("logits")
                .modified()
                .toFloats();
        int vocab = f.model().info().vocabSize();
        double sum = 0;
        for (int token = 0; token < vocab; token++) {
            sum += Math.exp(logits[logits.length - vocab + token]);
        }
        return logits[logits.length - vocab + 3] - Math.log(sum);
    }

    @Test
    void everyCellIsTheMeanOverNoisesOfTheRestoredRun() {
        for (int window : List.of(1, 2, 3)) {
            Patching.Answer answer = trace(new CausalTracingNoise(List.of(1, 2), 0.5, 3, SEED), window);
            float[] grid = answer.grid().toFloats();
            float[] errors = answer.standardError().toFloats();
            int[] positions = {1, 2, a.length - 1};
            for (int cell = 0; cell < grid.length; cell++) {
                List<Integer> layers =
                        window == 1 ? List.of(cell / 3) : window == 2 && cell / 3 == 0 ? List.of(0) : List.of(0, 1);
                List<Double> values = new ArrayList<>();
                for (int sample = 0; sample < 3; sample++) {
                    values.add(restored(SEED + sample, layers, positions[cell % 3]));
                }
                double mean = values.stream().mapToDouble(x -> x).average().orElseThrow();
                double variance = values.stream()
                                .mapToDouble(x -> (x - mean) * (x - mean))
                                .sum()
                        / 2;
                assertThat((double) grid[cell]).isCloseTo(mean, offset(1e-4));
                assertThat((double) errors[cell]).isCloseTo(Math.sqrt(variance / 3), offset(1e-4));
            }
            assertThat(answer.noise().samples()).isEqualTo(3);
            assertThat(answer.noise().seed()).isEqualTo(SEED);
            assertThat(answer.corrupted()).isCloseTo(meanOfNoise(), offset(1e-4));
            assertThat(answer.clean()).isNotCloseTo(answer.corrupted(), offset(1e-3));
        }
    }

    private double meanOfNoise() {
        return (restored(SEED, List.of(), 0) + restored(SEED + 1, List.of(), 0) + restored(SEED + 2, List.of(), 0)) / 3;
    }

    @Test
    void theNoiseIsThreeTimesTheSpreadOfTheEmbeddings() {
        int vocab = f.model().info().vocabSize();
        List<Float> values = new ArrayList<>();
        for (int id = 0; id < vocab; id++) {
            for (float value : Tensors.activation(f, HookName.of(Site.EMBED), id)) {
                values.add(value);
            }
        }
        double mean = values.stream().mapToDouble(x -> x).average().orElseThrow();
        double variance = values.stream()
                .mapToDouble(x -> (x - mean) * (x - mean))
                .average()
                .orElseThrow();
        Patching.Answer answer = trace(new CausalTracingNoise(List.of(0), null, 1, SEED), 1);
        assertThat(answer.noise().std()).isCloseTo(3 * Math.sqrt(variance), offset(1e-6));
        assertThat(answer.standardError()).isNull();
        assertThat(answer.noise().corruptedStandardError()).isNull();
    }

    @Test
    void withoutNoiseAllRunsAreTheCleanOne() {
        Patching.Answer answer = trace(new CausalTracingNoise(List.of(1), 0.0, 2, SEED), 1);
        for (float value : answer.grid().toFloats()) {
            assertThat((double) value).isCloseTo(answer.clean(), offset(1e-5));
        }
        assertThat(answer.warnings()).hasSize(1);
    }

    /** What a sample's cells take is freed before the next: ten times the samples were ten times the memory once. */
    @Test
    void moreSamplesTakeLittleMoreMemory() {
        for (String hook : List.of("resid_pre", "resid_post", "z")) {
            long two = bytes(hook, 2);
            assertThat(bytes(hook, 20)).as(hook).isLessThan(3 * two);
        }
    }

    private long bytes(String hook, int samples) {
        SweepQuery patch = new SweepQuery(
                new SweepGrid.Query(
                        hook, List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION), null, null, null, null, 1),
                new Metric(Metric.Type.LOSS, null, null, -1),
                SweepQuery.Direction.DENOISING,
                null,
                0,
                List.of(),
                true);
        CausalTracingNoise noise = new CausalTracingNoise(List.of(1), 1.0, samples, SEED);
        return session.dryRun(rehearsal -> Patching.compute(
                        rehearsal,
                        Requests.inputs(rehearsal, a),
                        new Patching.Query(patch, noise, List.of(), true),
                        (cells, values) -> {}))
                .bytes();
    }

    @Test
    void whatCannotBeTracedSaysSo() {
        refused(new CausalTracingNoise(List.of(99), 1.0, 1, 0), "noise.positions[0]");
        refused(new CausalTracingNoise(List.of(0), 1.0, 0, 0), "noise.samples");
        refused(new CausalTracingNoise(List.of(0), 1.0, 1001, 0), "noise.samples");
        refused(new CausalTracingNoise(List.of(0), -1.0, 1, 0), "noise.std");
        refused(new CausalTracingNoise(List.of(0), 1e39, 1, 0), "noise.std");
    }

    private void refused(CausalTracingNoise noise, String field) {
        assertThatThrownBy(() -> trace(noise, 1))
                .isInstanceOf(BadSelection.class)
                .extracting("field")
                .isEqualTo(field);
    }
}
