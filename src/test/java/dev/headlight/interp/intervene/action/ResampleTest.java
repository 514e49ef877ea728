package dev.headlight.interp.intervene.action;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.interp.Tensors;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ResampleTest extends OnGpt2 {
    /** With AVX-512 a row of a batch adds in another order than the row alone; another draw differs by more than 0.01. */
    private static final Offset<Float> ROUNDING = Offset.offset(1e-5f);

    private static final HookName Z = new HookName(1, Site.Z);
    private static final HookName POST = new HookName(0, Site.RESID_POST);
    private static final int Z_WIDTH = 12; // 3 heads of 4

    private static String resample(HookName hook, String where, long seed) {
        return one(hook.toString(), where, "{'type':'resample','seed':" + seed + "}");
    }

    private static String ofReference(HookName hook, int[]... inputs) {
        return one(hook.toString(), "", "{'type':'resample','seed':4,'reference':" + Arrays.deepToString(inputs) + "}");
    }

    @Test
    void thePositionIsAnotherAndEveryOtherIsDrawn() {
        for (int length = 2; length < 12; length++) {
            int n = length;
            for (int position = 0; position < n; position++) {
                int p = position;
                Set<Integer> drawn = IntStream.range(0, 300)
                        .map(seed -> Resample.drawPositions(new SeededRandom(seed), POST, n)[p])
                        .boxed()
                        .collect(Collectors.toSet());
                assertThat(drawn).hasSize(n - 1).doesNotContain(p).allMatch(other -> other >= 0 && other < n);
            }
        }
    }

    @Test
    void eachPositionTakesTheWholeOfAnother() {
        int[] from = Resample.drawPositions(new SeededRandom(7), Z, 9);
        float[] before = original(Z.toString(), a);
        float[] after = modified(resample(Z, "", 7), Z.toString(), a);
        for (int position = 0; position < 9; position++) {
            assertThat(Tensors.row(after, 9, position)).containsExactly(Tensors.row(before, 9, from[position]));
        }
    }

    @Test
    void whateverElseIsChosenAPositionDrawsTheSame() {
        int[] from = Resample.drawPositions(new SeededRandom(7), Z, 9);
        float[] before = original(Z.toString(), a);
        float[] after = modified(resample(Z, "'heads':[1],'neurons':[0,2],'positions':[-1,3],", 7), Z.toString(), a);
        for (int i = 0; i < after.length; i++) {
            int position = i / Z_WIDTH;
            int head = i % Z_WIDTH / 4;
            boolean chosen = (position == 3 || position == 8) && head == 1 && (i % 4 == 0 || i % 4 == 2);
            assertThat(after[i]).isEqualTo(before[chosen ? from[position] * Z_WIDTH + i % Z_WIDTH : i]);
        }
    }

    @Test
    void theValueIsThatOfTheUnmodifiedRun() {
        String scale = "{'hook':'" + POST + "','action':{'type':'scale','factor':2}}";
        String both = "[" + scale + "," + resample(POST, "", 7).substring(1);
        assertThat(modified(both, POST.toString(), a))
                .containsExactly(modified(resample(POST, "", 7), POST.toString(), a));
    }

    @Test
    void aSeedDrawsTheSameAloneAndInABatchAndIsReturned() {
        for (String request : List.of(resample(POST, "", 7), ofReference(POST, b, a))) {
            Interventions.Answer together =
                    run(request, List.of("logits"), b, a, f.prompts().get("clean"), a);
            for (int input : new int[] {1, 3}) {
                assertThat(captured(together, input, "logits").modified().toFloats())
                        .containsExactly(modified(request, "logits", a), ROUNDING);
            }
            assertThat(captured(together, 0, "logits").modified().toFloats())
                    .containsExactly(modified(request, "logits", b), ROUNDING);
        }
        assertThat(run(resample(POST, "", 7), List.of(), a).seeds()).containsExactly(7L);
    }

    @Test
    void anotherSeedOrHookDrawsOthers() {
        assertThat(Resample.drawPositions(new SeededRandom(7), POST, 9))
                .isNotEqualTo(Resample.drawPositions(new SeededRandom(8), POST, 9))
                .isNotEqualTo(Resample.drawPositions(new SeededRandom(7), Z, 9))
                .isNotEqualTo(Resample.drawPositions(new SeededRandom(7), new HookName(1, Site.RESID_POST), 9));
    }

    @Test
    void aReferencesTokensAreCountedThroughAllItsInputs() {
        int[] c = {4, 8, 15, 16, 23, 1}; // as long as b: one batch
        for (HookName hook : List.of(Z, POST)) {
            int[] from = Resample.drawTokens(new SeededRandom(4), hook, 9, 6 + 9 + 6);
            float[] values = new float[21 * 12];
            System.arraycopy(original(hook.toString(), b), 0, values, 0, 6 * 12);
            System.arraycopy(original(hook.toString(), a), 0, values, 6 * 12, 9 * 12);
            System.arraycopy(original(hook.toString(), c), 0, values, 15 * 12, 6 * 12);
            float[] after = modified(ofReference(hook, b, a, c), hook.toString(), a);
            for (int position = 0; position < 9; position++) {
                assertThat(Tensors.row(after, 9, position))
                        .containsExactly(Tensors.row(values, 21, from[position]), within(1e-6f));
            }
        }
    }

    @Test
    void withAReferenceAnInputMayHaveOneToken() {
        int[] single = {11};
        float[] after = modified(ofReference(POST, single), POST.toString(), new int[] {3});
        assertThat(after).containsExactly(original(POST.toString(), single));
    }

    private static org.assertj.core.data.Offset<Float> within(float most) {
        return org.assertj.core.data.Offset.offset(most);
    }
}
