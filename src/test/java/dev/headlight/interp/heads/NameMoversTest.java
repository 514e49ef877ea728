package dev.headlight.interp.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.headlight.interp.Requests;
import dev.headlight.interp.attribution.Attribution;
import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.interp.metric.Metric;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The factors of the name mover score, against patterns and attribution. */
class NameMoversTest extends OnGpt2 {
    private HeadScores.Answer nameMovers() {
        HeadScores.Query query = new HeadScores.Query(
                HeadScoreChoice.of(f.model(), List.of(HeadScoreKind.NAME_MOVER), 1, true),
                RepeatedTokens.of(f.model(), true, 5, 3, null),
                null,
                a[2],
                a[4],
                List.of(),
                true);
        return HeadScores.compute(session, Requests.inputs(session, a), query);
    }

    @Test
    void aNameMoverIsItsAttentionTimesWhatItWrites() {
        HeadScores.Answer answer = nameMovers();
        assertThat(answer.scores()).containsOnlyKeys("name_mover", "name_mover_attention", "name_mover_logit");
        int n = a.length;
        for (int i = 0; i < 6; i++) {
            float[] pattern = original("blocks." + i / 3 + ".attn.hook_pattern", a);
            double attention = 0;
            for (int key = 0; key < n; key++) {
                attention += a[key] == a[2] ? pattern[(i % 3 * n + n - 1) * n + key] : 0;
            }
            assertThat((double) value(answer, "name_mover_attention", i)).isCloseTo(attention, offset(1e-6));
            assertThat(value(answer, "name_mover", i))
                    .isEqualTo(value(answer, "name_mover_attention", i) * value(answer, "name_mover_logit", i));
        }
    }

    /** Of the last layer: what ablating the head takes from the logits, the final norm's scale being that of the run. */
    @Test
    void whatANameMoverWritesIsWhatAttributionSaysOfIt() {
        HeadScores.Answer answer = nameMovers();
        Attribution.Answer parts = Attribution.compute(
                session,
                Requests.inputs(session, a),
                new Attribution.Query(
                        new Metric(Metric.Type.LOGIT_DIFFERENCE, a[2], a[4], -1),
                        null,
                        false,
                        false,
                        10,
                        List.of(),
                        true));
        float[] heads = parts.tensors().get("0.heads").toFloats();
        for (int i = 0; i < 6; i++) {
            assertThat(value(answer, "name_mover_logit", i)).isCloseTo(heads[i], offset(1e-6f));
        }
    }

    private static float value(HeadScores.Answer answer, String name, int i) {
        return answer.scores().get(name).toFloats()[i];
    }
}
