package dev.headlight.interp.intervene;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.headlight.interp.Requests;
import dev.headlight.model.Fixture;
import dev.headlight.tensor.AnswerMemory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A frozen value is that of the unmodified run, no matter what happens before it. */
class FreezeTest extends OnGpt2 {
    private static final String EMBED = "hook_embed";
    private static final String PATTERN = "blocks.1.attn.hook_pattern";
    private static final String SCORES = "blocks.0.attn.hook_attn_scores";
    private static final String LAST = "blocks.1.hook_resid_post";
    private static final String SCALED =
            "{'hook':'" + EMBED + "','positions':[1,3],'action':{'type':'scale','factor':3}}";

    private static String freeze(String hook, String where) {
        return "{'hook':'" + hook + "'," + where + "'action':{'type':'freeze'}}";
    }

    private static String all(String... interventions) {
        return "[" + String.join(",", interventions) + "]";
    }

    @Test
    void aloneItChangesNothingAndTheWarningSaysSo() {
        Interventions.Answer answer =
                run(all(freeze(PATTERN, ""), freeze(SCORES, "'heads':[1],")), List.of("logits"), a, b);
        for (int input = 0; input < 2; input++) {
            assertThat(captured(answer, input, "logits").modified().toFloats())
                    .containsExactly(
                            captured(answer, input, "logits").original().toFloats());
        }
        assertThat(answer.warnings())
                .containsExactly(
                        "interventions[0] changed nothing: at " + PATTERN
                                + " every chosen value was already that of the unmodified run, for no other intervention reaches it",
                        "interventions[1] changed nothing: at " + SCORES
                                + " every chosen value was already that of the unmodified run, for no other intervention reaches it");
    }

    @Test
    void inHalfPrecisionTooItIsTheVeryValue() {
        Fixture half = f.on(Fixture.HALF);
        try (AnswerMemory others = new AnswerMemory()) {
            String every = half.hooks().stream()
                    .map(hook -> freeze(hook.toString(), ""))
                    .collect(joining(",", "[", "]"));
            Interventions.Answer answer =
                    Requests.intervene(Requests.session(half.model(), others), half, every, List.of("logits"), a);
            assertThat(answer.warnings())
                    .filteredOn(w -> w.contains("changed nothing"))
                    .hasSameSizeAs(half.hooks());
        }
        half.model().close();
    }

    @Test
    void itHoldsWhatIsChosenAndNothingElse() {
        Interventions.Answer answer =
                run(all(SCALED, freeze(PATTERN, "'heads':[2],'positions':[4],")), List.of(PATTERN), a, b);
        Interventions.Answer free = run(all(SCALED), List.of(PATTERN), a, b);
        for (int input = 0; input < 2; input++) {
            int n = input == 0 ? 9 : 6;
            float[] original = captured(answer, input, PATTERN).original().toFloats();
            float[] changed = captured(free, input, PATTERN).modified().toFloats();
            float[] held = captured(answer, input, PATTERN).modified().toFloats();
            for (int i = 0; i < held.length; i++) {
                boolean chosen = i / (n * n) == 2 && i / n % n == 4;
                assertThat(held[i]).isEqualTo(chosen ? original[i] : changed[i]);
            }
            assertThat(held).isNotEqualTo(changed).isNotEqualTo(original);
        }
        assertThat(answer.warnings()).isEmpty();
    }

    @Test
    void frozenWhereEverythingPassesItUndoesAnEdit() {
        float[] logits = modified(all(SCALED, freeze("blocks.0.hook_resid_post", "")), "logits", a);
        assertThat(logits).containsExactly(original("logits", a));
        assertThat(modified(all(SCALED), "logits", a)).isNotEqualTo(logits);
    }

    @Test
    void whatTheModelHidesStaysHidden() {
        String mask = "{'hook':'" + SCORES + "','action':{'type':'mask'}}";
        assertThat(modified(all(mask, freeze(SCORES, "")), SCORES, a)).containsExactly(original(SCORES, a));
    }

    @Test
    void withEveryLaterWriterFrozenOnlyTheResidualStreamCarriesAnEdit() {
        String add = "{'hook':'blocks.0.hook_resid_pre','positions':[2],"
                + "'action':{'type':'add','vector':[1,2,3,4,5,6,7,8,9,10,11,12]}}";
        float[] after = modified(
                all(
                        add,
                        freeze("blocks.0.hook_attn_out", ""),
                        freeze("blocks.0.hook_mlp_out", ""),
                        freeze("blocks.1.hook_attn_out", ""),
                        freeze("blocks.1.hook_mlp_out", "")),
                LAST,
                a);
        float[] before = original(LAST, a);
        for (int i = 0; i < after.length; i++) {
            double added = i / 12 == 2 ? 1 + i % 12 : 0;
            assertThat((double) after[i]).isCloseTo(before[i] + added, within(1e-5));
        }
    }
}
