package dev.headlight.interp.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.interp.Requests;
import dev.headlight.interp.Tensors;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationsTest {
    private final Fixture f = Fixture.of("gpt2");
    private final int[] a = f.prompts().get("a");
    private final int[] b = f.prompts().get("b");
    private final AnswerMemory kept = new AnswerMemory();
    private final Session session = Requests.session(f.model(), kept);

    @AfterEach
    void close() {
        kept.close();
    }

    private Activations.Answer run(String hook, List<Integer> positions, int[]... inputs) {
        return Activations.compute(
                session,
                Requests.inputs(session, inputs),
                new Activations.Query(f.model().hookPoints().all("hooks", List.of(hook)), positions));
    }

    private static Tensor only(Activations.Answer answer, int input) {
        return answer.results().get(input).activations().values().iterator().next();
    }

    @ParameterizedTest
    @ValueSource(strings = {"blocks.1.hook_resid_post", "blocks.0.attn.hook_k", "blocks.1.mlp.hook_pre", "logits"})
    void positionsComeInTheOrderGivenNegativeOnesFromTheEnd(String hook) {
        Tensor all = only(run(hook, null, a), 0);
        Tensor some = only(run(hook, List.of(4, -1, 0), a), 0);
        assertThat(some.shape()[0]).isEqualTo(3);
        assertThat(some.dims()).isEqualTo(all.dims());
        int[] expected = {4, a.length - 1, 0};
        for (int i = 0; i < expected.length; i++) {
            assertThat(Tensors.row(some.toFloats(), 3, i))
                    .containsExactly(Tensors.row(all.toFloats(), a.length, expected[i]));
        }
    }

    @Test
    void positionsOfAttentionAreQueryRows() {
        Tensor all = only(run("blocks.1.attn.hook_pattern", null, a), 0);
        Tensor some = only(run("blocks.1.attn.hook_pattern", List.of(-1, 2), a), 0);
        assertThat(some.dims()).containsExactly("head", "query", "key");
        assertThat(some.shape()).containsExactly(3, 2, a.length);
        assertThat(Tensors.at(some, 2, 0, 3)).isEqualTo(Tensors.at(all, 2, a.length - 1, 3));
        assertThat(Tensors.at(some, 1, 1, 1)).isEqualTo(Tensors.at(all, 1, 2, 1));
    }

    @Test
    void aPositionFromTheEndIsEachInputsOwn() {
        Activations.Answer answer = run("blocks.0.hook_resid_post", List.of(-1), b, a);
        assertThat(answer.results().get(0).positions()).containsExactly(b.length - 1);
        assertThat(answer.results().get(1).positions()).containsExactly(a.length - 1);
        Tensor alone = only(run("blocks.0.hook_resid_post", null, b), 0);
        assertThat(only(answer, 0).toFloats()).containsExactly(Tensors.row(alone.toFloats(), b.length, b.length - 1));
    }

    @Test
    void everyLayerComesByAStarInOrder() {
        Activations.Answer answer = run("blocks.*.hook_resid_mid", null, b);
        assertThat(answer.results().get(0).activations().keySet())
                .containsExactly("blocks.0.hook_resid_mid", "blocks.1.hook_resid_mid");
        assertThat(answer.tensors()).containsOnlyKeys("0.blocks.0.hook_resid_mid", "0.blocks.1.hook_resid_mid");
    }

    @Test
    void aPositionThatOneInputLacksIsRefused() {
        assertThatThrownBy(() -> run("logits", List.of(0, b.length), a, b))
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo("positions[1]"))
                .hasMessage("6 must be -6..5");
        assertThatThrownBy(() -> run("logits", List.of(), a)).hasMessageContaining("must not be empty");
        assertThatThrownBy(() -> run("logits", List.of(0, -a.length), a)).hasMessage("-9 is repeated");
        assertThatThrownBy(() -> run("logits", List.of(-a.length - 1), a)).hasMessage("-10 must be -9..8");
    }
}
