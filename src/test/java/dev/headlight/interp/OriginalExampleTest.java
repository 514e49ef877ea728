package dev.headlight.interp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.intervene.action.Zero;
import dev.headlight.interp.read.AttentionPatterns;
import dev.headlight.interp.read.TopNeurons;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.ParityReport;
import dev.headlight.model.Reference;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The three analyses that the service was first asked for, as PyTorch computes them with hooks on nn.TransformerEncoder. */
@Tag("parity")
class OriginalExampleTest {
    private static final Pattern STUDY = Pattern.compile("(.*)/intervention_study\\.L(\\d+)N(\\d+)\\.logits");

    /** Each fixture that has the example, and under which prefix. */
    static Stream<Arguments> examples() {
        return Fixture.all().stream()
                .flatMap(f -> Stream.of("example", "seed/x1", "seed/x2")
                        .filter(prefix -> f.has(prefix + "/input_ids"))
                        .map(prefix -> Arguments.of(f, prefix)));
    }

    @AfterAll
    static void writeTheTable() throws IOException {
        ParityReport.write();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void attentionAveragedOverHeadsOfEveryLayer(Fixture f, String example) {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            AttentionPatterns.Answer answer = AttentionPatterns.compute(
                    session,
                    inputs(session, f, example),
                    new AttentionPatterns.Query(null, null, true, AttentionPatterns.Kind.PATTERN));
            for (int i = 0; i < answer.results().size(); i++) {
                Tensor attention = answer.results().get(i).attention();
                assertThat(attention.dims()).containsExactly("layer", "query", "key");
                float[] all = attention.toFloats();
                int layers = (int) attention.shape()[0];
                assertThat(layers).isEqualTo(f.model().info().nLayers());
                for (int layer = 0; layer < layers; layer++) {
                    Reference want = f.batch(example + "/get_attention_patterns." + layer)
                            .row(i);
                    double difference = want.requireClose(want.shape(), Tensors.row(all, layers, layer));
                    ParityReport.add(f, "original example: attention", difference);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void theTenMostActiveNeuronsOfEveryLayerOverAllTokens(Fixture f, String example) {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            List<Encoded> inputs = inputs(session, f, example);
            for (int layer = 0; layer < f.model().info().nLayers(); layer++) {
                TopNeurons.Answer answer = TopNeurons.compute(
                        session,
                        inputs,
                        new TopNeurons.Query(new HookName(layer, Site.RESID_POST), 10, TopNeurons.Reduce.MEAN, false));
                String name = example + "/analyze_neuron_activations." + layer;
                assertThat(answer.neurons().stream().mapToInt(n -> n))
                        .containsExactly(IntStream.of(f.batch(name + ".indices").ints())
                                .boxed()
                                .toArray(Integer[]::new));
                ParityReport.add(
                        f,
                        "original example: top neurons",
                        f.batch(name + ".values").requireClose(new long[] {10}, Tensors.floats(answer.values())));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void zeroingOneNeuronGivesTheLayerOutputBeforeAndAfterAndTheFinalLogits(Fixture f, String example) {
        List<Matcher> studies = f.tensorNames().stream()
                .map(STUDY::matcher)
                .filter(m -> m.matches() && m.group(1).equals(example))
                .toList();
        assertThat(studies).isNotEmpty();
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            List<Encoded> inputs = inputs(session, f, example);
            for (Matcher study : studies) {
                HookName hook = new HookName(Integer.parseInt(study.group(2)), Site.RESID_POST);
                Interventions.Answer answer =
                        Interventions.compute(session, inputs, zero(hook, Integer.parseInt(study.group(3))));
                String name = study.group().substring(0, study.group().length() - "logits".length());
                for (int i = 0; i < inputs.size(); i++) {
                    var captured = answer.results().get(i).captured();
                    close(
                            f,
                            f.batch(name + "original").row(i),
                            captured.get(hook.toString()).original());
                    close(
                            f,
                            f.batch(name + "modified").row(i),
                            captured.get(hook.toString()).modified());
                    close(
                            f,
                            f.batch(name + "logits").row(i),
                            captured.get("logits").modified());
                    close(
                            f,
                            f.batch(example + "/logits").row(i),
                            captured.get("logits").original());
                }
            }
        }
    }

    private static Interventions.Query zero(HookName hook, int neuron) {
        Intervention zero = new Intervention("interventions[0]", hook, List.of(neuron), null, null, null, new Zero());
        return new Interventions.Query(
                List.of(zero), List.of(hook, HookName.of(Site.LOGITS)), null, -1, null, null, true);
    }

    private static void close(Fixture f, Reference want, Tensor ours) {
        ParityReport.add(f, "original example: intervention", want.requireClose(ours.shape(), ours.toFloats()));
    }

    private static List<Encoded> inputs(Session session, Fixture f, String example) {
        Reference ids = f.batch(example + "/input_ids");
        List<int[]> rows = new ArrayList<>();
        for (int i = 0; i < ids.shape()[0]; i++) {
            rows.add(ids.row(i).ints());
        }
        return Requests.inputs(session, rows.toArray(int[][]::new));
    }
}
