package dev.headlight.interp.intervene.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.headlight.interp.Requests;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NoiseTest extends OnGpt2 {
    private static final String EMBED = "hook_embed";

    private static String noise(String hook, long seed) {
        return "[{'hook':'" + hook + "','action':{'type':'noise','std':0.5,'seed':" + seed + "}}]";
    }

    /** What was added at a hook point, for each input. */
    private float[][] added(String hook, long seed, int[]... inputs) {
        Interventions.Answer answer = Requests.intervene(session, f, noise(hook, seed), List.of(hook), inputs);
        float[][] added = new float[inputs.length][];
        for (int i = 0; i < inputs.length; i++) {
            Interventions.Captured captured = answer.results().get(i).captured().get(hook);
            added[i] = captured.modified().toFloats();
            float[] original = captured.original().toFloats();
            for (int j = 0; j < original.length; j++) {
                added[i][j] -= original[j];
            }
        }
        return added;
    }

    private float[] modified(String hook, long seed, int[] input) {
        return Requests.intervene(session, f, noise(hook, seed), List.of(hook), input)
                .results()
                .get(0)
                .captured()
                .get(hook)
                .modified()
                .toFloats();
    }

    @Test
    void aSeedDrawsTheSameAloneAndInABatch() {
        Interventions.Answer together = Requests.intervene(
                session, f, noise(EMBED, 7), List.of(EMBED), b, a, f.prompts().get("clean"), a);
        float[] alone = modified(EMBED, 7, a);
        for (int input : new int[] {1, 3}) {
            assertThat(together.results()
                            .get(input)
                            .captured()
                            .get(EMBED)
                            .modified()
                            .toFloats())
                    .containsExactly(alone);
        }
        assertThat(together.seeds()).containsExactly(7L);
    }

    @Test
    void equalPrefixesGetEqualNoise() {
        int[] longer = Arrays.copyOf(a, a.length + 3);
        float[] prefix = modified(EMBED, 7, a);
        assertThat(Arrays.copyOf(modified(EMBED, 7, longer), prefix.length)).containsExactly(prefix);
        float[] later = modified("blocks.1.attn.hook_z", 7, a);
        float[] longerLater = modified("blocks.1.attn.hook_z", 7, longer);
        for (int i = 0; i < later.length; i++) { // matrix products of another size may round otherwise
            assertThat(longerLater[i]).isCloseTo(later[i], within(1e-5f));
        }
    }

    @Test
    void anotherSeedOrHookOrPositionDrawsAnother() {
        float[] noise = added(EMBED, 7, a)[0];
        assertThat(added(EMBED, 8, a)[0]).isNotEqualTo(noise);
        assertThat(Arrays.copyOf(noise, 12)).isNotEqualTo(Arrays.copyOfRange(noise, 12, 24));
        Noise seven = new Noise(0.5, new SeededRandom(7));
        float[] zero = seven.draw(new HookName(0, Site.RESID_POST), 2, 12);
        assertThat(seven.draw(new HookName(1, Site.RESID_POST), 2, 12)).isNotEqualTo(zero);
        assertThat(seven.draw(new HookName(0, Site.RESID_PRE), 2, 12)).isNotEqualTo(zero);
        assertThat(seven.draw(new HookName(0, Site.RESID_POST), 2, 12)).isEqualTo(zero);
    }

    @Test
    void noiseOnThePatternIsTheSameForEveryRowOfABatch() {
        float[][] added = added("blocks.0.attn.hook_pattern", 7, a, a);
        assertThat(added[0]).containsExactly(added[1]);
        assertThat(added("blocks.0.attn.hook_pattern", 7, b)[0]).hasSize(3 * 6 * 6);
    }

    @Test
    void theDrawsAreNormalWithTheirStandardDeviation() {
        float[] drawn = new Noise(0.5, new SeededRandom(1)).draw(HookName.of(Site.EMBED), 1000, 100);
        double mean = 0;
        double square = 0;
        int beyond = 0;
        for (float x : drawn) {
            mean += x / drawn.length;
            square += x * x / drawn.length;
            beyond += Math.abs(x) > 0.5 ? 1 : 0;
        }
        assertThat(mean).isCloseTo(0, within(0.01));
        assertThat(Math.sqrt(square)).isCloseTo(0.5, within(0.01));
        assertThat((double) beyond / drawn.length).isCloseTo(0.3173, within(0.01));
    }

    @Test
    void positionsOfOneSeedAreNotCorrelated() {
        float[] drawn = new Noise(1, new SeededRandom(1)).draw(HookName.of(Site.EMBED), 2000, 2);
        double first = 0;
        double along = 0;
        for (int i = 2; i < drawn.length; i += 2) {
            first += drawn[i] * drawn[i - 2] / 2000;
            along += drawn[i] * drawn[i + 1] / 2000;
        }
        assertThat(first).isCloseTo(0, within(0.1));
        assertThat(along).isCloseTo(0, within(0.1));
    }
}
