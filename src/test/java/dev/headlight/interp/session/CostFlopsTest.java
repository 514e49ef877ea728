package dev.headlight.interp.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.interp.Requests;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.Mean;
import dev.headlight.interp.intervene.action.Zero;
import dev.headlight.interp.read.Activations;
import dev.headlight.interp.read.AttentionPatterns;
import dev.headlight.model.Fixture;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** FLOPs against a count by hand, a multiplication and an addition being two. */
class CostFlopsTest {
    /** One model, and its matrix products of one input. */
    private record Counted(Fixture f, boolean gated) {
        private ModelInfo info() {
            return f.model().info();
        }

        long block(long n) {
            ModelInfo m = info();
            long heads = (long) m.nHeads() * m.dHead();
            long kvHeads = (long) m.nKvHeads() * m.dHead();
            long projections = n * m.dModel() * (heads + kvHeads + kvHeads) + n * heads * m.dModel();
            long scoresAndMixing = 2 * n * n * heads;
            long mlp = (gated ? 3 : 2) * n * m.dModel() * m.dMlp();
            return 2 * (projections + scoresAndMixing + mlp);
        }

        long unembedding(long n) {
            return 2 * n * info().dModel() * info().vocabSize();
        }

        long pass(long n) {
            return info().nLayers() * block(n) + unembedding(n);
        }

        long flops(int[][] inputs, BiConsumer<Session, List<Encoded>> analysis) {
            try (AnswerMemory kept = new AnswerMemory()) {
                return Requests.session(f.model(), kept)
                        .dryRun(rehearsal -> analysis.accept(rehearsal, Requests.inputs(rehearsal, inputs)))
                        .flops();
            }
        }
    }

    private static int[] ids(int length) {
        return new Random(length).ints(length, 0, 20).toArray();
    }

    private static BiConsumer<Session, List<Encoded>> attention(Integer... layers) {
        AttentionPatterns.Query query =
                new AttentionPatterns.Query(List.of(layers), null, false, AttentionPatterns.Kind.PATTERN);
        return (session, inputs) -> AttentionPatterns.compute(session, inputs, query);
    }

    private static BiConsumer<Session, List<Encoded>> activations(HookName hook) {
        return (session, inputs) ->
                Activations.compute(session, inputs, new Activations.Query(List.of(hook), List.of(-1)));
    }

    private static BiConsumer<Session, List<Encoded>> intervention(HookName hook, Action action) {
        Intervention one = new Intervention("i", hook, null, null, null, null, action);
        return (session, inputs) -> Interventions.dryRun(
                session, inputs, new Interventions.Query(List.of(one), List.of(), null, -1, null, null, true));
    }

    @ParameterizedTest
    @CsvSource({"gpt2, false", "llama, true"})
    void everyAnalysisCountsTheBlocksThatItRuns(String fixture, boolean gated) {
        Counted c = new Counted(Fixture.of(fixture), gated);
        assertThat(c.info().nLayers()).isEqualTo(2);
        assertThat(c.info().nKvHeads() < c.info().nHeads()).isEqualTo(gated); // the one shares keys, the other does not
        for (int n : new int[] {3, 6, 12}) {
            int[][] one = {ids(n)};
            assertThat(c.flops(one, attention(0))).isEqualTo(c.block(n));
            assertThat(c.flops(one, attention(0, 1))).isEqualTo(2 * c.block(n));
            assertThat(c.flops(one, activations(HookName.of(Site.EMBED)))).isZero();
            assertThat(c.flops(one, activations(new HookName(1, Site.RESID_PRE))))
                    .isEqualTo(2 * c.block(n));
            assertThat(c.flops(one, activations(HookName.of(Site.LOGITS)))).isEqualTo(c.pass(n));
            assertThat(c.flops(one, intervention(new HookName(0, Site.Z), new Zero())))
                    .isEqualTo(2 * c.pass(n));
            assertThat(c.flops(one, intervention(new HookName(1, Site.Z), new Zero())))
                    .isEqualTo(c.pass(n) + c.block(n) + c.unembedding(n));
            assertThat(c.flops(one, intervention(HookName.of(Site.LOGITS), new Zero())))
                    .isEqualTo(c.pass(n) + c.unembedding(n));
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt2, false", "llama, true"})
    void inputsAddUpAndSoDoThoseThatAnActionNames(String fixture, boolean gated) {
        Counted c = new Counted(Fixture.of(fixture), gated);
        int[][] three = {ids(4), ids(7), ids(4)};
        long whole = 2 * c.pass(4) + c.pass(7);
        assertThat(c.flops(three, activations(HookName.of(Site.LOGITS)))).isEqualTo(whole);
        Action mean = new Mean(Requests.input("reference", ids(5), ids(9)));
        assertThat(c.flops(three, intervention(new HookName(0, Site.MLP_POST), mean)))
                .isEqualTo(2 * whole + c.block(5) + c.block(9));
    }
}
