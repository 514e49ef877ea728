package dev.headlight.interp.intervene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.headlight.interp.Tensors;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values that come from another run: of another input, or of the unmodified one. */
class PatchAndMeanTest extends OnGpt2 {
    private static final String POST = "blocks.0.hook_resid_post";

    @Test
    void patchTakesEachPositionFromItsSourcePosition() {
        float[] source = original(POST, b);
        String patch = "{'type':'patch','source':" + Arrays.toString(b) + ",'source_positions':[-1,2,2]}";
        float[] after = modified(one(POST, "'positions':[4,0,-1],", patch), POST, a);
        int[][] moved = {{4, 5}, {0, 2}, {8, 2}};
        for (int[] m : moved) {
            assertThat(Tensors.row(after, 9, m[0])).containsExactly(Tensors.row(source, 6, m[1]));
        }
        assertThat(Tensors.row(after, 9, 1)).containsExactly(Tensors.row(original(POST, a), 9, 1));
    }

    @Test
    void patchingTheWholeLastLayerGivesTheSourcesLogits() {
        int[] clean = f.prompts().get("clean");
        String patch = "{'type':'patch','source':" + Arrays.toString(clean) + "}";
        float[] logits = modified(one("blocks.1.hook_resid_post", "", patch), "logits", a);
        assertThat(logits).containsExactly(original("logits", clean));
    }

    @ParameterizedTest
    @CsvSource({POST + ",12", "blocks.1.attn.hook_v,12", "blocks.1.mlp.hook_post,48"})
    void theMeanOfReferencesIsPooledOverTheTokensOfBoth(String hook, int width) {
        float[] first = original(hook, a);
        float[] second = original(hook, b);
        String reference = "[" + Arrays.toString(a) + "," + Arrays.toString(b) + "]";
        float[] after = modified(one(hook, "", "{'type':'mean','reference':" + reference + "}"), hook, b);
        for (int i = 0; i < after.length; i++) {
            double sum = 0;
            for (int position = 0; position < 9; position++) {
                sum += first[position * width + i % width];
                sum += position < 6 ? second[position * width + i % width] : 0;
            }
            assertThat((double) after[i]).isCloseTo(sum / 15, within(1e-6));
        }
    }

    @Test
    void theMeanIsThatOfTheUnmodifiedRunAndOfEachInput() {
        String scale = "{'hook':'" + POST + "','action':{'type':'scale','factor':2}}";
        String mean = "{'hook':'" + POST + "','neurons':[4],'action':{'type':'mean'}}";
        Interventions.Answer answer = run("[" + scale + "," + mean + "]", List.of(POST), a, b);
        for (int input = 0; input < 2; input++) {
            float[] before = captured(answer, input, POST).original().toFloats();
            double sum = 0;
            for (int i = 4; i < before.length; i += 12) {
                sum += before[i];
            }
            float after = captured(answer, input, POST).modified().toFloats()[4];
            assertThat((double) after).isCloseTo(sum / (before.length / 12), within(1e-6));
        }
    }
}
