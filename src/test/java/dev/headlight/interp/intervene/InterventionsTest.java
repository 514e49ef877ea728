package dev.headlight.interp.intervene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.headlight.interp.Requests;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an intervention changes, and what it leaves. */
class InterventionsTest extends OnGpt2 {
    private static final String POST = "blocks.0.hook_resid_post";
    private static final String SCORES = "blocks.1.attn.hook_attn_scores";
    private static final String PATTERN = "blocks.1.attn.hook_pattern";

    @Test
    void aScoreThatAnInterventionMaskedCanBeSetAgainByALaterOne() {
        String maskThenSet =
                "[{'hook':'attn_scores','layer':0,'heads':[0],'positions':[3],'keys':[1],'action':{'type':'mask'}},"
                        + "{'hook':'attn_scores','layer':0,'heads':[0],'positions':[3],'keys':[1],'action':{'type':'set','value':5}}]";
        String hook = "blocks.0.attn.hook_attn_scores";
        Interventions.Answer answer = Requests.intervene(session, f, maskThenSet, List.of(hook), a);
        float[] scores = answer.results().get(0).captured().get(hook).modified().toFloats();
        assertThat(scores[3 * a.length + 1]).isEqualTo(5); // head 0, query 3, key 1
        assertThat(answer.warnings()).isEmpty();
    }

    @Test
    void whatIsBelowTheFirstChangeIsTheSameInBothRuns() {
        List<String> hooks = List.of(
                "hook_embed",
                "blocks.0.attn.hook_pattern",
                "blocks.0.hook_resid_post",
                "blocks.1.hook_resid_pre",
                "blocks.1.attn.hook_z");
        String zero = "[{'hook':'z','layer':1,'action':{'type':'zero'}}]";
        var captured =
                Requests.intervene(session, f, zero, hooks, a).results().get(0).captured();
        for (String hook : hooks) {
            boolean changed = hook.equals("blocks.1.attn.hook_z");
            assertThat(Arrays.equals(
                            captured.get(hook).original().toFloats(),
                            captured.get(hook).modified().toFloats()))
                    .as(hook)
                    .isEqualTo(!changed);
        }
    }

    @Test
    void whatIsNotChosenKeepsEveryBit() {
        float[] before = original(POST, a);
        float[] after = modified(one(POST, "'neurons':[3,5],'positions':[1,-1],", "{'type':'set','value':9}"), POST, a);
        for (int i = 0; i < before.length; i++) {
            int position = i / 12;
            boolean chosen = (i % 12 == 3 || i % 12 == 5) && (position == 1 || position == 8);
            assertThat(after[i]).isEqualTo(chosen ? 9f : before[i]);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'zero'}",
                "{'type':'mean'}",
                "{'type':'scale','factor':3}",
                "{'type':'noise','std':1,'seed':1}",
                "{'type':'patch','source':[1,2,3,4,5,6,7,8,9]}"
            })
    void aHeadAtOnePositionIsChangedAlone(String action) {
        String z = "blocks.1.attn.hook_z";
        float[] before = original(z, a);
        float[] after = modified(one(z, "'heads':[2],'positions':[4],", action), z, a);
        for (int i = 0; i < before.length; i++) { // position, head, 4
            if (i / 12 == 4 && i / 4 % 3 == 2) {
                assertThat(after[i]).as("changed at " + i).isNotEqualTo(before[i]);
            } else {
                assertThat(after[i]).as("kept at " + i).isEqualTo(before[i]);
            }
        }
    }

    @Test
    void severalAtOneHookActInTheOrderGiven() {
        String set = "{'hook':'" + POST + "','neurons':[3],'action':{'type':'set','value':1.5}}";
        String scale = "{'hook':'" + POST + "','action':{'type':'scale','factor':2}}";
        assertThat(modified("[" + set + "," + scale + "]", POST, a)[3]).isEqualTo(3f);
        assertThat(modified("[" + scale + "," + set + "]", POST, a)[3]).isEqualTo(1.5f);
    }

    @Test
    void aRowMaskedWholeAttendsToNothing() {
        String mask = one(SCORES, "'heads':[1],'positions':[0,5],", "{'type':'mask'}");
        float[] pattern = modified(mask, PATTERN, a);
        float[] before = original(PATTERN, a);
        for (int i = 0; i < pattern.length; i++) { // head, query, key
            int query = i / 9 % 9;
            boolean masked = i / 81 == 1 && (query == 0 || query == 5);
            assertThat(pattern[i]).isEqualTo(masked ? 0f : before[i]);
        }
        for (float logit : modified(mask, "logits", a)) {
            assertThat(logit).isFinite();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'zero'}",
                "{'type':'set','value':7}",
                "{'type':'scale','factor':0}",
                "{'type':'add','vector':[1,1,1,1,1,1,1,1,1]}",
                "{'type':'noise','std':1,'seed':3}",
                "{'type':'patch','source':[1,2,3,4,5,6,7,8,9],'source_positions':[8,8,8,8,8,8,8,8,8]}"
            })
    void scoresThatTheCausalMaskHidesStayHidden(String action) {
        float[] scores = modified(one(SCORES, "", action), SCORES, a);
        float[] pattern = modified(one(SCORES, "", action), PATTERN, a);
        for (int i = 0; i < scores.length; i++) {
            boolean future = i % 9 > i / 9 % 9;
            assertThat(scores[i] == Float.NEGATIVE_INFINITY).as("at " + i).isEqualTo(future);
            if (future) {
                assertThat(pattern[i]).isZero();
            }
        }
    }

    @Test
    void whatChangesNothingIsWarnedOf() {
        String nothing = one(POST, "", "{'type':'scale','factor':1}");
        assertThat(run(nothing, List.of(), a).warnings())
                .containsExactly("interventions[0] changed nothing: at " + POST
                        + " every chosen value was already what it set, or is hidden by the model's own mask");
        assertThat(run(one(PATTERN, "'positions':[0],'keys':[3],", "{'type':'zero'}"), List.of(), a)
                        .warnings())
                .hasSize(1); // what the mask hides is 0 already
        String second = nothing.replace("}]", "},{'hook':'logits','action':{'type':'zero'}}]");
        assertThat(run(second, List.of(), a).warnings()).hasSize(1);
        assertThat(run(one(POST, "", "{'type':'scale','factor':2}"), List.of(), a, b)
                        .warnings())
                .isEmpty();
    }

    @Test
    void anInterventionThatWorksOnOneInputOfTwoIsNotWarnedOf() {
        String patch = one(POST, "'positions':[0],", "{'type':'patch','source':" + Arrays.toString(a) + "}");
        assertThat(run(patch, List.of(), a).warnings()).hasSize(1);
        assertThat(run(patch, List.of(), a, b).warnings()).isEmpty();
    }

    @Test
    void aDivergenceThatIsNotFiniteIsNullWithAWarning() {
        String infinite = one("logits", "'neurons':[1],", "{'type':'add','vector':[-1e38],'coefficient':1e38}");
        Interventions.Answer answer = run(infinite, List.of(), a);
        assertThat(answer.results().get(0).effect().klDivergence()).isNull();
        assertThat(answer.warnings()).containsExactly("a divergence is not finite and therefore null");
    }

    @Test
    void everyInputOfABatchIsAsItIsAlone() {
        String edit = one("z", "'layer':0,'heads':[1],'positions':[-2],", "{'type':'mean'}");
        Interventions.Answer together =
                run(edit, List.of("logits"), b, a, b, f.prompts().get("clean"));
        List<float[]> alone = new ArrayList<>();
        for (int[] ids : List.of(b, a, b, f.prompts().get("clean"))) {
            alone.add(modified(edit, "logits", ids));
        }
        for (int i = 0; i < alone.size(); i++) {
            float[] ours = captured(together, i, "logits").modified().toFloats();
            for (int j = 0; j < ours.length; j++) {
                assertThat(ours[j]).isCloseTo(alone.get(i)[j], within(1e-5f));
            }
        }
    }

    @Test
    void theLossOfOneTokenIsNull() {
        String edit = one(POST, "", "{'type':'zero'}");
        Interventions.Result result =
                run(edit, List.of(), new int[] {3}).results().get(0);
        assertThat(result.original().loss()).isNull();
        assertThat(result.modified().top()).hasSize(10);
    }
}
