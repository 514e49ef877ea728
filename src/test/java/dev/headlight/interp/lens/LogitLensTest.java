package dev.headlight.interp.lens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDManager;
import dev.headlight.interp.Requests;
import dev.headlight.interp.Tensors;
import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.interp.metric.Distributions;
import dev.headlight.interp.metric.Prediction;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The lens of every family, and of runs with interventions. */
class LogitLensTest extends OnGpt2 {
    private static final long SEED = 8;

    @TempDir
    private Path scratch;

    static List<Path> origins() {
        return RandomModels.origins();
    }

    private LogitLens.Answer read(LogitLens.Query query, int[]... inputs) {
        return LogitLens.compute(session, Requests.inputs(session, inputs), query);
    }

    private static double[] logProbabilities(float[] logits) {
        return Distributions.logProbabilities(
                IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).toArray());
    }

    /** On a model of every family: what the last block wrote, and what its logits say of the layers before. */
    @ParameterizedTest
    @MethodSource("origins")
    void theLensOfTheLastLayerIsTheModelItself(Path origin) {
        try (HookedModel model = new RandomModels(SEED + origin.getFileName().hashCode()).next(origin, scratch);
                AnswerMemory memory = new AnswerMemory()) {
            Session ofModel = Requests.session(model, memory);
            int[] ids = new Random(SEED).ints(6, 0, model.info().vocabSize()).toArray();
            List<Encoded> inputs = Requests.inputs(ofModel, ids);
            int layers = model.info().nLayers();
            LogitLens.Result post = LogitLens.compute(ofModel, inputs, Lenses.all(model, "resid_post"))
                    .results()
                    .get(0);
            LogitLens.Result pre = LogitLens.compute(ofModel, inputs, Lenses.all(model, "resid_pre"))
                    .results()
                    .get(0);
            float[] last = Tensors.row(post.logits().toFloats(), layers, layers - 1);
            assertThat(last).containsExactly(finalLogits(model, ids), offset(2e-5f));
            for (int layer = 1; layer < layers; layer++) {
                assertThat(Tensors.row(pre.logits().toFloats(), layers, layer))
                        .containsExactly(Tensors.row(post.logits().toFloats(), layers, layer - 1));
            }
            assertThat(post.lens().stream().filter(e -> e.layer() == layers - 1))
                    .hasSize(ids.length)
                    .allSatisfy(e -> assertThat(e.klDivergence()).isLessThan(1e-8));
            for (LogitLens.Entry e : post.lens()) {
                float[] own = Tensors.row(last, ids.length, e.position());
                float[] lens =
                        Tensors.row(Tensors.row(post.logits().toFloats(), layers, e.layer()), ids.length, e.position());
                agree(e, lens, own);
            }
        }
    }

    private static float[] finalLogits(HookedModel model, int[] ids) {
        try (NDManager manager = model.newManager()) {
            return model.forward(HookedModel.ids(manager, List.of(ids)), new Capture(List.of()))
                    .toFloatArray();
        }
    }

    /** An entry against its logits and those of the model, by plain arithmetic. */
    private static void agree(LogitLens.Entry e, float[] lens, float[] own) {
        double[] q = logProbabilities(lens);
        double[] p = logProbabilities(own);
        double apart = IntStream.range(0, p.length)
                .mapToDouble(i -> Math.exp(p[i]) * (p[i] - q[i]))
                .sum();
        assertThat(e.klDivergence()).isCloseTo(apart, offset(1e-9));
        List<Integer> order = IntStream.range(0, lens.length)
                .boxed()
                .sorted((a, b) -> Float.compare(lens[b], lens[a]))
                .limit(10)
                .toList();
        assertThat(e.top().stream().map(Prediction.Token::tokenId)).isEqualTo(order);
        for (Prediction.Token t : e.top()) {
            assertThat(t.logit()).isEqualTo(lens[t.tokenId()]);
            assertThat(t.probability()).isCloseTo(Math.exp(q[t.tokenId()]), offset(1e-12));
        }
    }

    @Test
    void theRankOfATargetIsHowManyLogitsAreLarger() {
        List<Integer> targets = IntStream.range(0, 7).boxed().toList();
        LogitLens.Result r = read(
                        Lenses.query(LogitLens.Kind.LOGIT, f.model(), "resid_mid", List.of(-1, 2), targets, "[]"), a)
                .results()
                .get(0);
        assertThat(r.lens().stream().map(LogitLens.Entry::position)).containsExactly(8, 2, 8, 2);
        assertThat(r.logits().shape()).containsExactly(2, 2, f.model().info().vocabSize());
        for (int cell = 0; cell < 4; cell++) {
            float[] logits = Tensors.row(r.logits().toFloats(), 4, cell);
            for (LogitLens.Target t : r.lens().get(cell).targets()) {
                long larger = IntStream.range(0, logits.length)
                        .filter(i -> logits[i] > logits[t.tokenId()])
                        .count();
                assertThat(t.rank()).isEqualTo((int) larger);
                assertThat(t.logit()).isEqualTo(logits[t.tokenId()]);
                assertThat(t.probability()).isCloseTo(Math.exp(logProbabilities(logits)[t.tokenId()]), offset(1e-12));
            }
        }
    }

    @Test
    void severalInputsOfDifferentLengthAreAsAlone() {
        LogitLens.Answer both = read(Lenses.all(f.model(), "resid_post"), a, b, a);
        for (int i = 0; i < 3; i++) {
            LogitLens.Result alone = read(Lenses.all(f.model(), "resid_post"), i == 1 ? b : a)
                    .results()
                    .get(0);
            assertThat(both.results().get(i).logits().toFloats())
                    .containsExactly(alone.logits().toFloats(), offset(1e-5f));
        }
        assertThat(both.tensors()).containsOnlyKeys("0.logits", "1.logits", "2.logits");
    }

    @Test
    void theLensOfAnAblatedModelIsThatOfTheAblatedRun() {
        String zero = one("resid_post", "'layer':0,", "{'type':'zero'}");
        LogitLens.Result altered =
                read(Lenses.altered(f.model(), "resid_post", zero), a).results().get(0);
        float[] last = captured(run(zero, List.of("logits"), a), 0, "logits")
                .modified()
                .toFloats();
        assertThat(Tensors.row(altered.logits().toFloats(), 2, 1)).containsExactly(last, offset(1e-5f));
        assertThat(Tensors.row(altered.logits().toFloats(), 2, 0))
                .isNotEqualTo(Tensors.row(
                        read(Lenses.all(f.model(), "resid_post"), a)
                                .results()
                                .get(0)
                                .logits()
                                .toFloats(),
                        2,
                        0));
        assertThat(altered.lens().subList(a.length, 2 * a.length))
                .allSatisfy(e -> assertThat(e.klDivergence()).isLessThan(1e-9));
    }

    /** What is altered behind the last block changes what the lens is compared with, at the positions that it is altered at. */
    @ParameterizedTest
    @CsvSource({"ln_final", "ln_final.normalized", "logits"})
    void anAlteredUnembeddingIsTheRunsOwn(String hook) {
        String flat = one(hook, "'positions':[-1],", "{'type':'scale','factor':0.5}");
        LogitLens.Result r =
                read(Lenses.altered(f.model(), "resid_post", flat), a).results().get(0);
        float[] own = captured(run(flat, List.of("logits"), a), 0, "logits")
                .modified()
                .toFloats();
        List<LogitLens.Entry> last = r.lens().subList(a.length, 2 * a.length);
        assertThat(last.get(0).klDivergence()).isLessThan(1e-9);
        assertThat(last.get(a.length - 1).klDivergence()).isGreaterThan(1e-6);
        agree(
                last.get(a.length - 1),
                Tensors.row(Tensors.row(r.logits().toFloats(), 2, 1), a.length, a.length - 1),
                Tensors.row(own, a.length, a.length - 1));
    }

    /** Without the norm the lens is linear in this model: what a block read and its parts wrote add up to what it wrote. */
    @Test
    void withoutTheNormTheLensAddsUp() {
        float[] sum = bare("resid_pre");
        float[] attn = bare("attn_out");
        float[] mlp = bare("mlp_out");
        for (int i = 0; i < sum.length; i++) {
            sum[i] += attn[i] + mlp[i];
        }
        assertThat(sum).containsExactly(bare("resid_post"), offset(1e-4f));
        assertThat(bare("resid_post"))
                .isNotEqualTo(read(Lenses.all(f.model(), "resid_post"), a)
                        .results()
                        .get(0)
                        .logits()
                        .toFloats());
    }

    private float[] bare(String hook) {
        LogitLens.Query q = Lenses.all(f.model(), hook);
        return read(new LogitLens.Query(q.kind(), q.hooks(), null, 3, false, List.of(), true, List.of(), true), a)
                .results()
                .get(0)
                .logits()
                .toFloats();
    }
}
