package dev.headlight.interp.patching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.Requests;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.metric.MetricReader;
import dev.headlight.interp.patching.SweepGrid.Axis;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.Gradients;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttributionPatchingTest {
    private static final long SEED = 9;
    private static final int LENGTH = 5;
    private static final Metric METRIC = new Metric(Metric.Type.LOGIT_DIFFERENCE, 1, 2, -1);

    static List<Path> origins() {
        return RandomModels.origins();
    }

    @TempDir
    private Path scratch;

    private static SweepQuery patch(SweepGrid.Query grid, Metric metric, Ablation ablation) {
        return new SweepQuery(grid, metric, SweepQuery.Direction.DENOISING, ablation, 3, List.of(), true);
    }

    private static SweepGrid.Query over(String hook, Axis first, Axis second) {
        boolean oneLayer = first == Axis.HEAD;
        List<Integer> neurons = second == Axis.NEURON ? List.of(0) : null;
        return new SweepGrid.Query(hook, List.of(first, second), oneLayer ? List.of(0) : null, null, null, neurons, 1);
    }

    private static List<SweepGrid.Query> grids(HookedModel model) {
        List<SweepGrid.Query> grids = new ArrayList<>();
        for (Site site : model.hookPoints().sites()) {
            if (!site.perLayer() || site == Site.EXPERT_INDICES || site == Site.ATTN_SCORES) {
                continue; // whole numbers, and infinities
            }
            grids.add(over(site.shortName(), Axis.LAYER, Axis.POSITION));
            if (site.hasHeads() || site.isAttention()) {
                grids.add(over(site.shortName(), Axis.LAYER, Axis.HEAD));
                grids.add(over(site.shortName(), Axis.HEAD, Axis.POSITION));
            }
            if (!site.isAttention()) {
                grids.add(over(site.shortName(), Axis.LAYER, Axis.NEURON));
            }
        }
        return grids;
    }

    private static List<Encoded> inputs(Session session, int count) {
        int[][] ids = new int[count][];
        for (int i = 0; i < count; i++) {
            ids[i] = new Random(SEED + i)
                    .ints(LENGTH, 0, session.model().info().vocabSize())
                    .toArray();
        }
        return Requests.inputs(session, ids);
    }

    @ParameterizedTest
    @MethodSource("origins")
    void everyCellIsTheChangeTimesTheGradientOfWhatItCovers(Path origin) {
        try (HookedModel model = new RandomModels(SEED + origin.getFileName().hashCode()).next(origin, scratch);
                AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(model, kept);
            for (SweepGrid.Query query : grids(model)) {
                boolean has = query.layers() == null
                        || model.hookPoints()
                                .has(new HookName(
                                        0, Site.ofShortName(query.hook()).orElseThrow()));
                if (has) {
                    check(session, query, null);
                    check(session, query, Ablation.ZERO);
                }
            }
        }
    }

    private static void check(Session session, SweepGrid.Query query, Ablation ablation) {
        List<Encoded> inputs = inputs(session, ablation == null ? 2 : 1);
        SweepQuery patch = patch(query, METRIC, ablation);
        AttributionPatching.Answer answer =
                AttributionPatching.compute(session, inputs, new AttributionPatching.Query(patch, 1, 1));
        float[] ours = answer.grid().toFloats();
        HookedModel model = session.model();
        SweepGrid grid = SweepGrid.of(model, query, LENGTH);
        try (NDManager manager = model.newManager()) {
            int[] into = inputs.get(inputs.size() - 1).ids();
            Gradients gradients = new Gradients(grid.hookNames());
            Capture own = new Capture(grid.hookNames());
            Hooks hooks = gradients.then(own);
            NDArray resid = model.runBlocks(HookedModel.ids(manager, List.of(into)), hooks, null);
            gradients.backward(new MetricReader(model, METRIC, inputs.get(inputs.size() - 1)).read(resid, 0, hooks));
            Capture other = new Capture(grid.hookNames());
            model.runBlocks(
                    HookedModel.ids(manager, List.<int[]>of(inputs.get(0).ids())), other, null);
            for (int i = 0; i < grid.size(); i++) {
                SweepGrid.Cell cell = grid.cell(i);
                HookName hook = cell.hooks().get(0);
                NDArray change = ablation == null
                        ? other.value(hook).sub(own.value(hook))
                        : own.value(hook).neg();
                NDArray product =
                        gradients.of(hook).mul(change).mul(cell.slice().mask(change));
                double expected = product.sum().getFloat();
                double scale = product.abs().sum().getFloat();
                assertThat((double) ours[i])
                        .as("%s %s cell %d", query.hook(), query.over(), i)
                        .isCloseTo(expected, offset(1e-5 + 1e-4 * scale));
            }
        }
        requireExact(session, inputs, patch, answer);
    }

    private static void requireExact(
            Session session, List<Encoded> inputs, SweepQuery patch, AttributionPatching.Answer answer) {
        Patching.Answer patched = Patching.compute(
                session, inputs, new Patching.Query(patch, null, List.of(), true), (cells, values) -> {});
        double unpatched = patch.ablation() == null ? answer.corrupted() : answer.baseline();
        float[] grid = patched.grid().toFloats();
        long columns = patched.grid().shape()[1];
        double weakest = Double.MAX_VALUE;
        for (AttributionPatching.Exact exact : answer.exact()) {
            int cell = (int) (exact.index().get(0) * columns + exact.index().get(1));
            assertThat(exact.exact()).isCloseTo(grid[cell] - unpatched, within(2e-4));
            weakest = Math.min(weakest, Math.abs(exact.estimate()));
        }
        int stronger = 0;
        for (float estimate : answer.grid().toFloats()) {
            stronger += Math.abs(estimate) > weakest * (1 + 1e-5) ? 1 : 0;
        }
        assertThat(stronger).isZero();
    }

    /** Integrated gradients are complete: over the embeddings they sum to what lies between the two runs. */
    @Test
    void integratedOverTheEmbeddingsTheEstimatesSumToTheWholeDifference() {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(Fixture.of("gpt2").model(), kept);
            SweepGrid.Query embeddings = new SweepGrid.Query(
                    "resid_pre", List.of(Axis.LAYER, Axis.POSITION), List.of(0), null, null, null, 1);
            double whole = 0;
            double[] sums = new double[2];
            int[] steps = {1, 100};
            for (int i = 0; i < 2; i++) {
                AttributionPatching.Answer answer = AttributionPatching.compute(
                        session,
                        inputs(session, 2),
                        new AttributionPatching.Query(patch(embeddings, METRIC, null), steps[i], null));
                for (float part : answer.grid().toFloats()) {
                    sums[i] += part;
                }
                whole = answer.clean() - answer.corrupted();
                assertThat(answer.work()).isEqualTo(new AttributionPatching.Work(steps[i] + 1, steps[i], 0));
            }
            assertThat(sums[1]).isCloseTo(whole, offset(0.02 * Math.abs(whole)));
            assertThat(Math.abs(sums[0] - whole)).isGreaterThan(0.05 * Math.abs(whole));
        }
    }

    @Test
    void aRunPatchedWithItselfChangesNothing() {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(Fixture.of("gpt2").model(), kept);
            Encoded one = inputs(session, 1).get(0);
            AttributionPatching.Answer answer = AttributionPatching.compute(
                    session,
                    List.of(one, one),
                    new AttributionPatching.Query(patch(over("z", Axis.LAYER, Axis.HEAD), METRIC, null), 1, null));
            assertThat(answer.grid().toFloats()).containsOnly(0);
            assertThat(answer.warnings()).singleElement().asString().contains("same");
        }
    }

    @Test
    void aMetricWithoutGradientIsRefused() {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(Fixture.of("gpt2").model(), kept);
            Metric divergence = new Metric(Metric.Type.KL_DIVERGENCE, null, null, -1);
            SweepGrid.Query heads = over("z", Axis.LAYER, Axis.HEAD);
            assertThatThrownBy(() -> AttributionPatching.compute(
                            session,
                            inputs(session, 2),
                            new AttributionPatching.Query(patch(heads, divergence, null), 1, null)))
                    .isInstanceOf(BadSelection.class)
                    .hasMessageContaining("has gradient 0");
            AttributionPatching.Answer answer = AttributionPatching.compute(
                    session,
                    inputs(session, 2),
                    new AttributionPatching.Query(patch(heads, divergence, null), 4, null));
            assertThat(answer.corrupted()).isCloseTo(0, offset(1e-9));
            assertThat(Math.abs(answer.grid().toFloats()[0])).isPositive();
            assertThatThrownBy(() -> AttributionPatching.compute(
                            session,
                            inputs(session, 1),
                            new AttributionPatching.Query(patch(heads, METRIC, Ablation.ZERO), 4, null)))
                    .isInstanceOf(BadSelection.class)
                    .hasMessageContaining("an ablation has one");
        }
    }
}
