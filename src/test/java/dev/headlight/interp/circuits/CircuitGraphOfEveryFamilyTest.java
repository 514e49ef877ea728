package dev.headlight.interp.circuits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.Requests;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.metric.MetricReader;
import dev.headlight.interp.patching.GradientRun;
import dev.headlight.interp.patching.ReplaceHook;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Qkv;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Ops;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Edges are exact: what is sent adds up to what is read, and cutting all or none gives the two runs. */
class CircuitGraphOfEveryFamilyTest {
    private static final long SEED = 5;
    private static final int LENGTH = 6;

    static List<Path> origins() {
        return RandomModels.origins();
    }

    @TempDir
    private Path scratch;

    /** Two runs of a model whose residual stream is a sum, and the values captured in them. */
    private static final class Pair implements AutoCloseable {
        private final HookedModel model;
        private final NDManager manager;
        private final CircuitGraph graph;
        private final SenderOutputs senders;
        private final int[] baseIds;
        private final int[] sourceIds;
        private final MetricReader metricReader;
        private final GradientRun.Pass base;
        private final Capture source;
        private final double sourceMetric;

        private Pair(HookedModel model, AnswerMemory kept) {
            this.model = model;
            this.manager = model.newManager();
            this.graph = CircuitGraph.of("over", model, List.of());
            this.senders = new SenderOutputs(model, graph);
            this.baseIds = ids(1);
            this.sourceIds = ids(2);
            Encoded input = model.text().describe(baseIds);
            this.metricReader = new MetricReader(model, new Metric(Metric.Type.LOGIT_DIFFERENCE, 1, 2, -1), input);
            List<HookName> read = new ArrayList<>(senders.hookNames());
            read.addAll(CircuitRuns.streamHookNames(graph));
            this.base = new GradientRun(
                            Requests.session(model, kept),
                            metricReader,
                            baseIds,
                            EapScores.gradientHookNames(graph),
                            read,
                            (start, gradients, capture) -> start.then(gradients).then(capture))
                    .basePass();
            this.source = new Capture(read);
            NDArray resid = model.runBlocks(HookedModel.ids(manager, List.<int[]>of(sourceIds)), source, null);
            this.sourceMetric = metricReader.read(resid, 0, source).toDoubleArray()[0];
        }

        private int[] ids(int row) {
            return new Random(SEED + row)
                    .ints(LENGTH, 0, model.info().vocabSize())
                    .toArray();
        }

        private double[] metrics(List<BitSet> circuits, NDArray patchedOutputs) {
            CircuitRuns runs = new CircuitRuns(model, graph, base.values(), senders.of(base.values()), patchedOutputs);
            return runs.metrics(manager, circuits, baseIds, ReplaceHook.nothing(), metricReader);
        }

        @Override
        public void close() {
            base.close();
            manager.close();
        }
    }

    private interface Check {
        void of(Pair pair);
    }

    private void check(Path origin, Check check) {
        try (HookedModel model = new RandomModels(SEED + origin.getFileName().hashCode()).next(origin, scratch);
                AnswerMemory kept = new AnswerMemory()) {
            if (!model.weightAnalyses().streamIsASum()) {
                assertThatThrownBy(() -> CircuitGraph.of("over", model, List.of()))
                        .isInstanceOf(BadSelection.class);
                return;
            }
            try (Pair pair = new Pair(model, kept)) {
                check.of(pair);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("origins")
    void theOutputsOfTheSendersAddUpToTheInputOfEachReceiver(Path origin) {
        check(origin, p -> {
            NDArray changes =
                    p.senders.of(p.source).sub(p.senders.of(p.base.values())); // constants of the stream cancel
            for (HookName hook : CircuitRuns.streamHookNames(p.graph)) {
                int receiver = hook.site() == Site.RESID_PRE
                        ? p.graph.slot(hook.layer(), 0)
                        : hook.site() == Site.RESID_MID ? p.graph.mlpInput(hook.layer()) : p.graph.logits();
                NDArray sum =
                        Ops.slice(changes, 0, 0, p.graph.inputCount(receiver)).sum(new int[] {0}, false);
                close(
                        hook.toString(),
                        sum.toFloatArray(),
                        p.source.value(hook).sub(p.base.values().value(hook)).toFloatArray());
            }
        });
    }

    @ParameterizedTest
    @MethodSource("origins")
    void theGradientsOfAttentionsReadersAddUpToThatOfTheStream(Path origin) {
        check(origin, p -> {
            for (int layer = 0; layer < p.graph.layers(); layer++) {
                if (p.graph.parallel().get(layer)) {
                    continue; // the MLP's gradient is found by this very sum
                }
                int at = layer;
                List<NDArray> g = IntStream.range(0, 3)
                        .mapToObj(i -> p.base.gradients()
                                .of(new HookName(
                                        at, List.of(Site.Q, Site.K, Site.V).get(i))))
                        .toList();
                NDArray slots = p.model
                        .weightAnalyses()
                        .readingGradients(
                                layer,
                                p.base.values().value(new HookName(layer, Site.RESID_PRE)),
                                new Qkv(g.get(0), g.get(1), g.get(2)));
                float[] pre = layer == 0
                        ? null
                        : p.base.gradients()
                                .of(new HookName(layer - 1, Site.RESID_POST))
                                .toFloatArray();
                float[] mid = p.base.gradients()
                        .of(new HookName(layer, Site.RESID_MID))
                        .toFloatArray();
                if (pre != null) {
                    for (int i = 0; i < pre.length; i++) {
                        pre[i] -= mid[i];
                    }
                    close("layer " + layer, slots.sum(new int[] {2}, false).toFloatArray(), pre);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("origins")
    void allEdgesAreTheRunItselfAndNoneTheOther(Path origin) {
        check(origin, p -> {
            BitSet all = new BitSet();
            all.set(0, p.graph.senders() * p.graph.receivers());
            double[] metrics = p.metrics(List.of(all, new BitSet()), p.senders.of(p.source));
            double scale = 1 + Math.abs(p.base.metric()) + Math.abs(p.sourceMetric);
            assertThat(metrics[0]).isCloseTo(p.base.metric(), offset(2e-5 * scale));
            assertThat(metrics[1]).isCloseTo(p.sourceMetric, offset(2e-5 * scale));
        });
    }

    /** Each edge that is cut, its change made small, does to the metric what its score says. */
    @ParameterizedTest
    @MethodSource("origins")
    void theScoreOfAnEdgeIsWhatASmallChangeOfItDoes(Path origin) {
        check(origin, p -> {
            NDArray own = p.senders.of(p.base.values());
            NDArray changes = p.senders.of(p.source).sub(own);
            EapScores estimate = new EapScores(p.model, p.graph, changes, () -> {});
            estimate.add(p.base);
            float[] scores = estimate.scores();
            List<BitSet> without = new ArrayList<>();
            List<Integer> cut = new ArrayList<>();
            Random random = new Random(SEED);
            for (int receiver = 0; receiver < p.graph.receivers(); receiver++) {
                int edge = p.graph.index(random.nextInt(p.graph.inputCount(receiver)), receiver);
                BitSet others = new BitSet();
                others.set(0, scores.length);
                others.clear(edge);
                cut.add(edge);
                without.add(others);
            }
            float largest = 0;
            for (float score : scores) {
                largest = Math.max(largest, Math.abs(score));
            }
            double step = 1e-3; // a larger one changes experts, and which neurons are on
            double[] up = p.metrics(without, own.add(changes.mul(step)));
            double[] down = p.metrics(without, own.add(changes.mul(-step)));
            double rounding = 1e-6 * (1 + Math.abs(p.base.metric())) / step;
            for (int i = 0; i < up.length; i++) {
                float score = scores[cut.get(i)];
                assertThat((up[i] - down[i]) / (2 * step))
                        .as("edge " + cut.get(i))
                        .isCloseTo(score, offset(0.02 * Math.abs(score) + 0.003 * largest + rounding));
            }
        });
    }

    private static void close(String what, float[] ours, float[] expected) {
        assertThat(ours).hasSameSizeAs(expected);
        float largest = 0;
        for (float value : ours) {
            assertThat(value).as(what + ", ours").isFinite();
        }
        for (float value : expected) {
            assertThat(value).as(what + ", expected").isFinite();
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < ours.length; i++) {
            assertThat(ours[i]).as(what + " at " + i).isCloseTo(expected[i], offset(1e-5f + 1e-5f * largest));
        }
    }
}
