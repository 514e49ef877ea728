package dev.headlight.interp.patching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.within;

import dev.headlight.interp.Requests;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sweeps against the naive loop, and against what must hold of them: random models of every family. */
class PatchingTest {
    private static final long SEED = Long.getLong("headlight.seed", 11);
    private static final int LENGTH = 6;

    static List<Path> origins() {
        return RandomModels.origins();
    }

    @TempDir
    private Path scratch;

    private interface Body {
        void run(Session session, Random random);
    }

    private void with(Path origin, Body body) {
        long seed = SEED + origin.getFileName().hashCode();
        try (HookedModel model = new RandomModels(seed).next(origin, scratch);
                AnswerMemory kept = new AnswerMemory()) {
            body.run(Requests.session(model, kept), new Random(seed));
        }
    }

    private static List<Encoded> inputs(Session session, Random random, int count, int length) {
        int[][] ids = new int[count][];
        Arrays.setAll(
                ids,
                i -> random.ints(length, 0, session.model().info().vocabSize()).toArray());
        return Requests.inputs(session, ids);
    }

    private static List<Site> sites(HookedModel model) {
        return model.hookPoints().sites().stream().filter(Site::perLayer).toList();
    }

    private static <T> T one(List<T> all, Random random) {
        return all.get(random.nextInt(all.size()));
    }

    private static List<Integer> some(int size, Random random) {
        List<Integer> all = new ArrayList<>(IntStream.range(0, size).boxed().toList());
        java.util.Collections.shuffle(all, random);
        return all.subList(0, 1 + random.nextInt(Math.min(size, 4)));
    }

    private static int layerOf(HookedModel model, Site site, Random random) {
        return one(
                IntStream.range(0, model.info().nLayers())
                        .filter(l -> model.hookPoints().has(new HookName(l, site)))
                        .boxed()
                        .toList(),
                random);
    }

    /** Over every pair of axes that the site has. */
    private static List<SweepGrid.Query> grids(HookedModel model, Site site, int length, Random random) {
        List<Integer> positions = random.nextBoolean() ? some(length, random) : null;
        int width = model.info().width(site, length);
        List<Integer> heads =
                site.hasHeads() && random.nextBoolean() ? some(model.info().heads(site), random) : null;
        List<SweepGrid.Query> grids = new ArrayList<>();
        String hook = site.shortName();
        int window = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 1;
        grids.add(new SweepGrid.Query(
                hook, List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION), null, positions, heads, null, window));
        if (site.hasHeads()) {
            grids.add(new SweepGrid.Query(
                    hook, List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.HEAD), null, positions, heads, null, window));
            List<Integer> layer = List.of(layerOf(model, site, random));
            grids.add(new SweepGrid.Query(
                    hook,
                    List.of(SweepGrid.Axis.HEAD, SweepGrid.Axis.POSITION),
                    layer,
                    positions,
                    heads,
                    null,
                    window));
        }
        if (!site.isAttention()) {
            grids.add(new SweepGrid.Query(
                    hook,
                    List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.NEURON),
                    null,
                    positions,
                    heads,
                    some(width, random),
                    window));
        }
        return grids;
    }

    private static Metric metric(HookedModel model, Random random) {
        int vocab = model.info().vocabSize();
        Metric.Type type = one(
                Arrays.stream(Metric.Type.values())
                        .filter(t -> t != Metric.Type.LOSS || model.info().causal())
                        .toList(),
                random);
        boolean answer = type != Metric.Type.KL_DIVERGENCE && type != Metric.Type.LOSS;
        return Metric.of(
                "metric",
                type,
                answer ? random.nextInt(vocab) : null,
                type == Metric.Type.LOGIT_DIFFERENCE ? random.nextInt(vocab) : null,
                type == Metric.Type.LOSS ? null : -1 - random.nextInt(3));
    }

    private static List<Intervention> interventions(HookedModel model, Random random) {
        if (random.nextInt(3) > 0) {
            return List.of();
        }
        String scale = "[{'hook':'resid_pre','layer':0,'action':{'type':'scale','factor':1.5}},"
                + "{'hook':'resid_post','layer':0,'positions':[1,-1],'action':{'type':'mean'}},"
                + "{'hook':'z','layer':" + (model.info().nLayers() - 1)
                + ",'heads':[0],'action':{'type':'noise','std':1,'seed':4}}]";
        return Requests.interventions(model.hookPoints(), scale);
    }

    private static Ablation ablation(Site site, boolean causal, Random random) {
        List<Ablation> fitting = Arrays.stream(Ablation.values())
                .filter(a -> a != Ablation.MEAN || site != Site.ATTN_SCORES || !causal)
                .filter(a -> a == Ablation.ZERO || site != Site.EXPERT_INDICES)
                .filter(a -> a != Ablation.RESAMPLE || !site.isAttention())
                .toList();
        return one(fitting, random);
    }

    @ParameterizedTest
    @MethodSource("origins")
    void everyCellIsWhatAWholeRunGives(Path origin) {
        with(origin, (session, random) -> {
            HookedModel model = session.model();
            for (Site site : sites(model)) {
                for (SweepGrid.Query grid : grids(model, site, LENGTH, random)) {
                    Ablation ablation =
                            random.nextInt(3) == 0 ? ablation(site, model.info().causal(), random) : null;
                    SweepQuery patch = new SweepQuery(
                            grid,
                            metric(model, random),
                            one(List.of(SweepQuery.Direction.values()), random),
                            ablation,
                            random.nextLong(),
                            interventions(model, random),
                            true);
                    List<Encoded> inputs = inputs(session, random, ablation == null ? 2 : 1, LENGTH);
                    Patching.Answer answer = compute(session, inputs, patch);
                    NaiveLoop naive = new NaiveLoop(session, inputs, patch);
                    close(patch.toString(), answer.grid().toFloats(), naive.grid());
                    requireRuns(answer, naive, patch);
                    long work = closedForm(model, site, grid, patch);
                    assertThat(answer.work().tokenLayers()).as(patch.toString()).isLessThanOrEqualTo(work * 11 / 10);
                }
            }
        });
    }

    private static Patching.Answer compute(Session session, List<Encoded> inputs, SweepQuery patch) {
        return Patching.compute(
                session, inputs, new Patching.Query(patch, null, List.of(), true), (cells, values) -> {});
    }

    private static void requireRuns(Patching.Answer answer, NaiveLoop naive, SweepQuery patch) {
        if (patch.ablation() != null) {
            assertThat(answer.baseline()).isCloseTo(naive.baseMetric(), tolerance(naive.baseMetric()));
            assertThat(answer.clean()).isNull();
            return;
        }
        boolean noising = patch.direction() == SweepQuery.Direction.NOISING;
        double clean = noising ? naive.baseMetric() : naive.sourceMetric();
        double corrupted = noising ? naive.sourceMetric() : naive.baseMetric();
        assertThat(answer.clean()).isCloseTo(clean, tolerance(clean));
        assertThat(answer.corrupted()).isCloseTo(corrupted, tolerance(corrupted));
    }

    private static org.assertj.core.data.Offset<Double> tolerance(double value) {
        return offset(2e-4 + 2e-4 * Math.abs(value));
    }

    /** As the documentation has it. */
    private static long closedForm(HookedModel model, Site site, SweepGrid.Query query, SweepQuery patch) {
        SweepGrid grid = SweepGrid.of(model, query, LENGTH);
        int last = patch.metric().type() == Metric.Type.LOSS
                ? LENGTH - 2
                : Math.floorMod(Objects.requireNonNullElse(patch.metric().position(), -1), LENGTH);
        long work = 0;
        for (int i = 0; i < grid.size(); i++) {
            SweepGrid.Cell cell = grid.cell(i);
            int first = model.info().causal() ? cell.firstPosition() : 0;
            int blocks = model.info().nLayers() - cell.lowestLayer() - (site == Site.RESID_POST ? 1 : 0);
            work += first > last && model.info().causal() ? 0 : (long) blocks * (LENGTH - first);
        }
        return work;
    }

    @ParameterizedTest
    @MethodSource("origins")
    void patchingEverythingIsTheOtherRunAndPatchingARunWithItselfChangesNothing(Path origin) {
        with(origin, (session, random) -> {
            HookedModel model = session.model();
            Metric metric = new Metric(Metric.Type.LOGIT, 3, null, -1);
            List<Encoded> two = inputs(session, random, 2, LENGTH);
            SweepGrid.Query whole = new SweepGrid.Query(
                    "resid_pre", List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.NEURON), null, null, null, null, 1);
            // every neuron of a layer is a cell; all positions of all neurons are one of head and position of one head
            SweepGrid.Query layers = new SweepGrid.Query(
                    "resid_post", List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION), null, null, null, null, 99);
            SweepQuery.Direction denoising = SweepQuery.Direction.DENOISING;
            Patching.Answer self = compute(
                    session,
                    List.of(two.get(0), two.get(0)),
                    new SweepQuery(whole, metric, denoising, null, 0, List.of(), true));
            for (float value : self.grid().toFloats()) {
                assertThat((double) value)
                        .isCloseTo(self.corrupted(), within(1e-4 + 1e-5 * Math.abs(self.corrupted())));
            }
            assertThat(self.warnings()).singleElement().asString().contains("the same");
            Patching.Answer all =
                    compute(session, two, new SweepQuery(layers, metric, denoising, null, 0, List.of(), true));
            float[] grid = all.grid().toFloats(); // all layers at once: each row's last position is the metric's own
            for (int layer = 0; layer < model.info().nLayers(); layer++) {
                assertThat((double) grid[layer * LENGTH + LENGTH - 1]).isCloseTo(all.clean(), tolerance(all.clean()));
            }
        });
    }

    /** Then a position depends on what comes behind it, and what is patched there reaches the metric before it. */
    @ParameterizedTest
    @MethodSource("origins")
    void aPatternThatSeesAheadIsSweptAsAWholeRunToo(Path origin) {
        with(origin, (session, random) -> {
            String set = "[{'hook':'pattern','layer':0,'action':{'type':'set','value':0.2}}]";
            SweepQuery patch = new SweepQuery(
                    new SweepGrid.Query(
                            "resid_pre",
                            List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION),
                            null,
                            null,
                            null,
                            null,
                            1),
                    new Metric(Metric.Type.LOGIT, 3, null, 2),
                    SweepQuery.Direction.DENOISING,
                    null,
                    0,
                    Requests.interventions(session.model().hookPoints(), set),
                    true);
            List<Encoded> two = inputs(session, random, 2, LENGTH);
            Patching.Answer answer = compute(session, two, patch);
            close(patch.toString(), answer.grid().toFloats(), new NaiveLoop(session, two, patch).grid());
        });
    }

    @ParameterizedTest
    @MethodSource("origins")
    void aWindowOfAnyWidthIsClippedAtTheEnds(Path origin) {
        with(origin, (session, random) -> {
            HookedModel model = session.model();
            for (int window : new int[] {2 * model.info().nLayers(), Integer.MAX_VALUE - 1, Integer.MAX_VALUE}) {
                SweepGrid.Query query = new SweepGrid.Query(
                        "attn_out",
                        List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION),
                        null,
                        null,
                        null,
                        null,
                        window);
                SweepGrid grid = SweepGrid.of(model, query, LENGTH);
                for (int i = 0; i < grid.size(); i++) {
                    assertThat(grid.cell(i).hooks()).hasSize(model.info().nLayers());
                }
            }
        });
    }

    /** Counted, not timed. */
    @ParameterizedTest
    @MethodSource("origins")
    void aSweepOverLayersAndTwentyPositionsDoesLessThanAThirdOfTheNaiveLoop(Path origin) {
        int length = 20;
        try (HookedModel model = new RandomModels(SEED, 40).next(origin, scratch);
                AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(model, kept);
            List<Encoded> inputs = inputs(session, new Random(SEED), 2, length);
            SweepGrid.Query grid = new SweepGrid.Query(
                    "resid_post", List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION), null, null, null, null, 1);
            Metric metric = new Metric(Metric.Type.LOGIT, 0, null, -1);
            Patching.Work work = compute(
                            session,
                            inputs,
                            new SweepQuery(grid, metric, SweepQuery.Direction.DENOISING, null, 0, List.of(), true))
                    .work();
            int layers = model.info().nLayers();
            assertThat(work.tokenLayersNaive()).isEqualTo((long) layers * length * length * layers);
            long below = (long) layers * (layers - 1) / 2; // blocks above a layer, summed over all layers
            long expected = model.info().causal() ? below * length * (length + 1) / 2 : below * length * length;
            assertThat(work.tokenLayers()).isEqualTo(expected);
            if (model.info().causal()) {
                assertThat((double) work.tokenLayers()).isLessThanOrEqualTo(0.3 * work.tokenLayersNaive());
            }
        }
    }

    /** What a batch made is freed before the next. */
    @Test
    void aGridOfMorePositionsHoldsNoMoreMemoryAtOnce() {
        Path causal =
                origins().stream().filter(o -> o.endsWith("gpt2")).findFirst().orElseThrow();
        try (HookedModel model = new RandomModels(SEED, 40).next(causal, scratch);
                AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(model, kept);
            List<Encoded> inputs = inputs(session, new Random(SEED), 2, 30);
            long one = bytes(session, inputs, List.of(0));
            assertThat(bytes(session, inputs, null)).isLessThan(one * 12 / 10);
        }
    }

    private static long bytes(Session session, List<Encoded> inputs, List<Integer> positions) {
        SweepGrid.Query grid = new SweepGrid.Query(
                "resid_post", List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION), null, positions, null, null, 1);
        Metric metric = new Metric(Metric.Type.LOGIT, 0, null, -1);
        SweepQuery patch = new SweepQuery(grid, metric, SweepQuery.Direction.DENOISING, null, 0, List.of(), true);
        return session.dryRun(rehearsal -> compute(rehearsal, inputs, patch)).bytes();
    }

    private static void close(String what, float[] found, double[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.length; i++) {
            if (Double.isFinite(expected[i]) || Float.isFinite(found[i])) {
                assertThat((double) found[i]).as(what + " at " + i).isCloseTo(expected[i], tolerance(expected[i]));
            }
        }
    }
}
