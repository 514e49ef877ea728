package dev.headlight.interp.circuits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import dev.headlight.interp.Requests;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.patching.CleanCorrupted;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CircuitsTest {
    private static final long SEED = 11;
    private static final int LENGTH = 6;

    static List<Path> origins() {
        return RandomModels.origins();
    }

    @TempDir
    private Path scratch;

    private static CleanCorrupted cleanCorrupted(SweepQuery.Direction direction, Ablation ablation) {
        Metric metric = new Metric(Metric.Type.LOGIT_DIFFERENCE, 1, 2, -1);
        return new CleanCorrupted(metric, direction, ablation, 4, List.of(), true);
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

    private static final List<String> SHARED_SCALE = List.of("gemma2", "gemma3_text", "olmo2");

    /** Patching an edge on no path from the embedding to the logits changes nothing, unless a norm joins the heads. */
    @ParameterizedTest
    @MethodSource("origins")
    void whatIsPrunedFromACircuitChangesNothing(Path origin) {
        try (HookedModel model = new RandomModels(SEED + origin.getFileName().hashCode()).next(origin, scratch);
                AnswerMemory kept = new AnswerMemory()) {
            if (!model.weightAnalyses().streamIsASum()
                    || SHARED_SCALE.contains(origin.getFileName().toString())) {
                return;
            }
            Session session = Requests.session(model, kept);
            try (EdgePatching patching = new EdgePatching(
                            session, "model", inputs(session, 2), cleanCorrupted(SweepQuery.Direction.NOISING, null));
                    EdgePatching.ScoredEdges runs = patching.score(1, () -> {})) {
                CircuitGraph edges = patching.graph();
                List<Integer> order =
                        new ArrayList<>(edges.allEdges().stream().boxed().toList());
                Collections.shuffle(order, new Random(SEED));
                List<BitSet> both = new ArrayList<>();
                for (int part = 1; part <= 4; part++) {
                    int count = edges.edgeCount() * part / 5;
                    BitSet whole = new BitSet();
                    order.subList(0, count).forEach(whole::set);
                    both.add(whole);
                    Circuit circuit = Circuit.of(edges, order, count);
                    assertThat(circuit.size()).isLessThanOrEqualTo(count);
                    both.add(circuit.edges());
                }
                double[] metrics = runs.metrics(both);
                for (int i = 0; i < metrics.length; i += 2) {
                    double scale = 1 + Math.abs(metrics[i]);
                    assertThat(metrics[i + 1]).isCloseTo(metrics[i], offset(2e-5 * scale));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Ablation.class)
    void ofARunAndItselfAblated(Ablation ablation) {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(Fixture.of("llama").model(), kept);
            Circuits.Answer answer = Circuits.compute(
                    session,
                    inputs(session, 1),
                    new Circuits.Query(cleanCorrupted(SweepQuery.Direction.NOISING, ablation), 1, 0.9, null),
                    progress -> {});
            assertThat(answer.faithfulness()).isGreaterThanOrEqualTo(0.9);
            assertThat(answer.seed()).isEqualTo(ablation == Ablation.RESAMPLE ? 4L : null);
        }
    }

    @ParameterizedTest
    @EnumSource(SweepQuery.Direction.class)
    void aCircuitKeepsItsShareAndOneEdgeFewerDoesNot(SweepQuery.Direction direction) {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(Fixture.of("gpt2").model(), kept);
            CleanCorrupted runs = cleanCorrupted(direction, null);
            List<CircuitProgress> progress = new ArrayList<>();
            Circuits.Answer answer = Circuits.compute(
                    session, inputs(session, 2), new Circuits.Query(runs, 3, 0.8, null), progress::add);
            assertThatProgressLeadsTo(answer, progress);
            assertThat(answer.faithfulness())
                    .isGreaterThanOrEqualTo(0.8)
                    .isEqualTo((answer.circuit() - answer.empty()) / (answer.full() - answer.empty()));
            assertThat(answer.completeness())
                    .isEqualTo((answer.complement() - answer.empty()) / (answer.full() - answer.empty()));
            assertThat(answer.warnings()).isEmpty();
            assertThat(answer.edges()).hasSizeLessThan(answer.edgeCount());
            List<String> ids = answer.nodes().stream().map(Circuits.Node::id).toList();
            assertThat(ids).startsWith("embed").endsWith("logits").doesNotHaveDuplicates();
            assertThat(answer.edges()).allMatch(edge -> ids.contains(edge.from()));
            Circuits.Answer fewer = Circuits.compute(
                    session,
                    inputs(session, 2),
                    new Circuits.Query(runs, 3, 0.8, answer.edges().size() - 1),
                    reached -> {});
            assertThat(fewer.edges()).hasSizeLessThan(answer.edges().size());
            assertThat(fewer.faithfulness()).isLessThan(0.8);
            assertThat(fewer.warnings()).singleElement().asString().contains("keep less than the requested share");
        }
    }

    private static void assertThatProgressLeadsTo(Circuits.Answer answer, List<CircuitProgress> progress) {
        long passes = answer.work().backwardPasses();
        List<CircuitProgress> scores = progress.subList(0, (int) passes);
        assertThat(scores).allMatch(p -> p.stage() == CircuitProgress.Stage.SCORES && p.of() == passes);
        assertThat(scores).extracting(CircuitProgress::done).isSorted().endsWith(passes);
        List<CircuitProgress> search = progress.subList((int) passes, progress.size());
        assertThat(search).isNotEmpty().allMatch(p -> p.stage() == CircuitProgress.Stage.SEARCH);
        assertThat(search).extracting(CircuitProgress::edgesAbove).isSorted();
        CircuitProgress last = search.get(search.size() - 1);
        assertThat(last.edgesAtMost()).isEqualTo(last.edgesAbove() + 1);
        assertThat(last.done()).isEqualTo(answer.work().ablatedRuns() - 1); // the complement follows
    }

    @Test
    void twoRunsOfOneMetricHaveNoCircuit() {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(Fixture.of("gpt2").model(), kept);
            Encoded one = inputs(session, 1).get(0);
            assertThatThrownBy(() -> Circuits.compute(
                            session,
                            List.of(one, one),
                            new Circuits.Query(cleanCorrupted(SweepQuery.Direction.NOISING, null), 1, 0.8, null),
                            progress -> {}))
                    .isInstanceOf(BadSelection.class)
                    .hasMessageContaining("in both runs");
        }
    }
}
