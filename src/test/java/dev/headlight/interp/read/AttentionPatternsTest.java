package dev.headlight.interp.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.headlight.interp.Requests;
import dev.headlight.interp.Tensors;
import dev.headlight.interp.read.AttentionPatterns.Kind;
import dev.headlight.interp.session.Limits;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.WireSize;
import dev.headlight.model.Fixture;
import dev.headlight.model.ParityReport;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionPatternsTest {
    private final Fixture f = Fixture.of("gpt2");
    private final int[] a = f.prompts().get("a");
    private final int[] b = f.prompts().get("b");
    private final AnswerMemory kept = new AnswerMemory();
    private final Session session = Requests.session(f.model(), kept);

    static List<Fixture> fixtures() {
        return Fixture.own().stream()
                .filter(f -> f.has("a/blocks.0.value_weighted"))
                .toList();
    }

    @AfterEach
    void close() {
        kept.close();
    }

    @AfterAll
    static void writeTheTable() throws IOException {
        ParityReport.write();
    }

    private Tensor attention(List<Integer> layers, List<Integer> heads, boolean average, Kind kind) {
        return AttentionPatterns.compute(
                        session, Requests.inputs(session, a), new AttentionPatterns.Query(layers, heads, average, kind))
                .results()
                .get(0)
                .attention();
    }

    @Tag("parity")
    @ParameterizedTest
    @MethodSource("fixtures")
    void valueWeightedIsThePatternTimesTheNormOfWhatTheHeadWrites(Fixture each) {
        try (AnswerMemory own = new AnswerMemory()) {
            Session of = Requests.session(each.model(), own);
            Tensor ours = AttentionPatterns.compute(
                            of,
                            Requests.inputs(of, each.prompts().get("a")),
                            new AttentionPatterns.Query(null, null, false, Kind.VALUE_WEIGHTED))
                    .results()
                    .get(0)
                    .attention();
            int layers = each.model().info().nLayers();
            for (int layer = 0; layer < layers; layer++) {
                var want = each.tensor("a/blocks." + layer + ".value_weighted");
                double difference = want.requireClose(want.shape(), Tensors.row(ours.toFloats(), layers, layer));
                ParityReport.add(each, "value_weighted", difference);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void layersAndHeadsComeInTheOrderGiven(Kind kind) {
        Tensor all = attention(null, null, false, kind);
        Tensor some = attention(List.of(1, 0), List.of(2, 0), false, kind);
        assertThat(some.dims()).containsExactly("layer", "head", "query", "key");
        assertThat(some.shape()).containsExactly(2, 2, a.length, a.length);
        assertThat(Tensors.at(some, 0, 0, 8, 3)).isEqualTo(Tensors.at(all, 1, 2, 8, 3));
        assertThat(Tensors.at(some, 0, 1, 8, 3)).isEqualTo(Tensors.at(all, 1, 0, 8, 3));
        assertThat(Tensors.at(some, 1, 0, 8, 3)).isEqualTo(Tensors.at(all, 0, 2, 8, 3));
    }

    @Test
    void allHeadsInAnotherOrderAreInThatOrder() {
        Tensor all = attention(null, null, false, Kind.PATTERN);
        Tensor turned = attention(null, List.of(1, 2, 0), false, Kind.PATTERN);
        assertThat(Tensors.at(turned, 0, 0, 8, 3)).isEqualTo(Tensors.at(all, 0, 1, 8, 3));
        assertThat(Tensors.at(turned, 0, 2, 8, 3)).isEqualTo(Tensors.at(all, 0, 0, 8, 3));
    }

    @Test
    void theAverageIsOverTheChosenHeads() {
        Tensor all = attention(null, null, false, Kind.PATTERN);
        Tensor average = attention(List.of(1), List.of(2, 1), true, Kind.PATTERN);
        assertThat(average.dims()).containsExactly("layer", "query", "key");
        float want = (Tensors.at(all, 1, 2, 8, 3) + Tensors.at(all, 1, 1, 8, 3)) / 2;
        assertThat(Tensors.at(average, 0, 8, 3)).isCloseTo(want, within(1e-7f));
    }

    @Test
    void rowsOfThePatternSumToOneAndNoQuerySeesTheFuture() {
        Tensor pattern = attention(null, null, false, Kind.PATTERN);
        Tensor scores = attention(null, null, false, Kind.SCORES);
        for (int query = 0; query < a.length; query++) {
            float sum = 0;
            for (int key = 0; key < a.length; key++) {
                sum += Tensors.at(pattern, 1, 2, query, key);
                assertThat(Tensors.at(scores, 1, 2, query, key) == Float.NEGATIVE_INFINITY)
                        .isEqualTo(key > query);
            }
            assertThat(sum).isCloseTo(1, within(1e-6f));
        }
    }

    @Test
    void inputsOfDifferentLengthComeBackInTheirOrderAsTheyAreAlone() {
        AttentionPatterns.Query query = new AttentionPatterns.Query(null, null, false, Kind.PATTERN);
        AttentionPatterns.Answer answer = AttentionPatterns.compute(session, Requests.inputs(session, b, a, b), query);
        Tensor alone = attention(null, null, false, Kind.PATTERN);
        assertThat(answer.results().get(0).attention().shape()).containsExactly(2, 3, b.length, b.length);
        assertThat(answer.results().get(1).attention().toFloats()).containsExactly(alone.toFloats());
        assertThat(answer.results().get(1).tokenIds()).hasSize(a.length);
        assertThat(answer.tensors()).containsOnlyKeys("0.attention", "1.attention", "2.attention");
    }

    @Test
    void impossibleLayersAndHeadsAreRefusedWithTheirRange() {
        assertThatThrownBy(() -> attention(List.of(0, 2), null, false, Kind.PATTERN))
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo("layers[1]"))
                .hasMessage("2 must be 0..1");
        assertThatThrownBy(() -> attention(null, List.of(-1), false, Kind.PATTERN))
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo("heads[0]"))
                .hasMessage("-1 must be 0..2");
        assertThatThrownBy(() -> attention(List.of(), null, false, Kind.PATTERN))
                .hasMessage("must not be empty; leave it out for all of 0..1");
        assertThatThrownBy(() -> attention(null, List.of(1, 1), false, Kind.PATTERN))
                .hasMessage("1 is repeated");
    }

    @Test
    void anAnswerOverTheLimitIsRefusedBeforeItIsComputed() {
        Session small = new Session(f.model(), new Limits(1024, 64, 100, 1 << 28), kept, WireSize.VALUES);
        assertThatThrownBy(() -> AttentionPatterns.compute(
                        small, Requests.inputs(small, b), new AttentionPatterns.Query(null, null, false, Kind.PATTERN)))
                .isInstanceOf(TooLarge.class)
                .hasMessageContaining("headlight.limits.response-bytes");
    }
}
