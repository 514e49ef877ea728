package dev.headlight.interp.intervene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.interp.Requests;
import dev.headlight.interp.session.Limits;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.WireSize;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** gpt2: 2 layers, 3 heads of 4, d_model 12, 48 neurons, 40 tokens; an input of 9 and one of 6. */
class InterventionsRefusalTest extends OnGpt2 {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'hook':'z','layer':0,'heads':[3]                  | heads[0]     | 3 must be 0..2",
                "'hook':'z','layer':0,'heads':[0,-1]               | heads[1]     | -1 must be 0..2",
                "'hook':'z','layer':0,'heads':[]                   | heads        | must not be empty; leave it out for all of 0..2",
                "'hook':'z','layer':0,'heads':[1,2,1]              | heads[2]     | 1 is repeated",
                "'hook':'z','layer':0,'neurons':[4]                | neurons[0]   | 4 must be 0..3",
                "'hook':'resid_post','layer':0,'neurons':[12]      | neurons[0]   | 12 must be 0..11",
                "'hook':'resid_post','layer':0,'neurons':[-1]      | neurons[0]   | -1 must be 0..11",
                "'hook':'resid_post','layer':0,'neurons':[]        | neurons      | must not be empty; leave it out for all of 0..11",
                "'hook':'resid_post','layer':0,'neurons':[2,2]     | neurons[1]   | 2 is repeated",
                "'hook':'mlp_post','layer':0,'neurons':[48]        | neurons[0]   | 48 must be 0..47",
                "'hook':'logits','neurons':[40]                    | neurons[0]   | 40 must be 0..39",
                "'hook':'resid_post','layer':0,'positions':[0,6]   | positions[1] | 6 must be -6..5",
                "'hook':'resid_post','layer':0,'positions':[-7]    | positions[0] | -7 must be -6..5",
                "'hook':'resid_post','layer':0,'positions':[]      | positions    | must not be empty; leave it out for all of 0..8",
                "'hook':'resid_post','layer':0,'positions':[8]     | positions[0] | 8 must be -6..5",
                "'hook':'resid_post','layer':0,'positions':[5,-1]  | positions[1] | -1 is repeated",
                "'hook':'pattern','layer':0,'keys':[6]             | keys[0]      | 6 must be -6..5",
                "'hook':'pattern','layer':0,'keys':[]              | keys         | must not be empty; leave it out for all of 0..8",
                "'hook':'attn_scores','layer':0,'heads':[3]        | heads[0]     | 3 must be 0..2",
            })
    void anIndexOutOfRangeIsNamedWithItsRange(String where, String field, String message) {
        refused(List.of(a, b), where, "{'type':'zero'}", field, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'hook':'resid_post','layer':0,'heads':[0]  | heads   | does not apply to hook resid_post, whose axes are position, d_model",
                "'hook':'embed','heads':[0]                 | heads   | does not apply to hook embed, whose axes are position, d_model",
                "'hook':'mlp_post','layer':0,'keys':[0]     | keys    | does not apply to hook mlp_post, whose axes are position, d_mlp",
                "'hook':'q','layer':0,'keys':[0]            | keys    | does not apply to hook q, whose axes are position, head, d_head",
                "'hook':'pattern','layer':0,'neurons':[0]   | neurons | does not apply to hook pattern, whose axes are head, query, key",
            })
    void anAxisThatTheHookLacksIsRefused(String where, String field, String message) {
        refused(List.of(a), where, "{'type':'zero'}", field, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'hook':'resid_post','layer':0               | {'type':'mask'}              | action.type   | mask applies to hook attn_scores only, not to resid_post",
                "'hook':'pattern','layer':0                  | {'type':'mask'}              | action.type   | mask applies to hook attn_scores only, not to pattern",
                "'hook':'attn_scores','layer':0              | {'type':'mean'}              | action.type   | mean is undefined on attn_scores of a causal model, where masked scores are minus infinity",
                "'hook':'pattern','layer':0                  | {'type':'mean','reference':[1,2]} | action.reference | is undefined on pattern, whose keys are positions of one input",
                "'hook':'resid_post','layer':0               | {'type':'add','vector':[1,2]} | action.vector | has 2 values and must have 12",
                "'hook':'resid_post','layer':0               | {'type':'add','vector':[]}   | action.vector | has 0 values and must have 12",
                "'hook':'resid_post','layer':0,'neurons':[1,4,5] | {'type':'add','vector':[1,2]} | action.vector | has 2 values and must have 12, or 3 for the chosen neurons",
                "'hook':'z','layer':0                        | {'type':'add','vector':[1,2,3]} | action.vector | has 3 values and must have 4",
                "'hook':'resid_post','layer':0               | {'type':'patch','source':[1,2]} | action.source | has 2 tokens and must have 9, as the input, unless positions and source_positions are given",
                "'hook':'pattern','layer':0,'positions':[0]  | {'type':'patch','source':[1,2]} | action.source | has 2 tokens and must have 9, as the input, for hook pattern, whose keys are positions",
                "'hook':'resid_post','layer':0,'positions':[0,1] | {'type':'patch','source':[1,2],'source_positions':[1]} | action.source_positions | has 1 positions and must have 2, one for each of positions",
                "'hook':'resid_post','layer':0,'positions':[0] | {'type':'patch','source':[1,2],'source_positions':[2]} | action.source_positions[0] | 2 must be -2..1",
                "'hook':'resid_post','layer':0,'positions':[0] | {'type':'patch','source':[1,2],'source_positions':[]} | action.source_positions | has 0 positions and must have 1, one for each of positions",
                "'hook':'resid_post','layer':0,'positions':[0,4] | {'type':'patch','source':[1,2]} | action.source_positions[1] | 4 must be -2..1",
                "'hook':'pattern','layer':0                  | {'type':'resample','seed':1} | action.type   | resample is undefined on pattern, where a row of another position has other keys",
                "'hook':'attn_scores','layer':0              | {'type':'resample','seed':1,'reference':[1,2]} | action.type | resample is undefined on attn_scores, where a row of another position has other keys",
                "'hook':'resid_post','layer':0               | {'type':'resample','seed':1,'reference':[1,40]} | action.reference[1] | 40 must be a token id in 0..39",
                "'hook':'pattern','layer':0                  | {'type':'project_out','vector':[1]} | action.type | project_out is undefined on pattern, whose last axis holds keys, not directions",
                "'hook':'attn_scores','layer':0              | {'type':'project_out','vector':[1]} | action.type | project_out is undefined on attn_scores, whose last axis holds keys, not directions",
                "'hook':'z','layer':0                        | {'type':'project_out','vector':[1,2,3]} | action.vector | has 3 values and must have 4",
                "'hook':'z','layer':0                        | {'type':'project_out','vector':[0,0,0,0]} | action.vector | has no direction: it is (numerically) zero at every chosen neuron",
                "'hook':'z','layer':0,'neurons':[1,2]        | {'type':'project_out','vector':[1,0,0,1]} | action.vector | has no direction: it is (numerically) zero at every chosen neuron",
                "'hook':'resid_post','layer':0               | {'type':'patch','source':[40]} | action.source[0] | 40 must be a token id in 0..39",
                "'hook':'resid_post','layer':0               | {'type':'patch','source':[]} | action.source | must not be empty: it has 0 tokens",
                "'hook':'resid_post','layer':0               | {'type':'patch','source':[[1,2],[3]]} | action.source | holds 2 inputs and must hold exactly 1",
                "'hook':'resid_post','layer':0               | {'type':'mean','reference':[[1],[2,-1]]} | action.reference[1][1] | -1 must be a token id in 0..39",
            })
    void anActionThatTheHookOrTheInputRulesOutIsRefused(String where, String action, String field, String message) {
        refused(List.of(a), where, action, field, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'hook':'resid_post'                    | layer | is required for hook resid_post: must be a layer in 0..1",
                "'hook':'resid_post','layer':2          | layer | 2 must be a layer in 0..1",
                "'hook':'resid_post','layer':-1         | layer | -1 must be a layer in 0..1",
                "'hook':'blocks.2.hook_resid_post'      | hook  | 2 must be a layer in 0..1",
                "'hook':'blocks.1.hook_z','layer':1     | hook  | blocks.1.hook_z is not a hook point of this model; it has",
                "'hook':'blocks.1.attn.hook_z','layer':0 | layer | 0 is not the layer of hook blocks.1.attn.hook_z; leave it out",
            })
    void aHookThatTheModelLacksIsRefused(String where, String field, String message) {
        refused(List.of(a), where, "{'type':'zero'}", field, message);
    }

    private void refused(List<int[]> inputs, String where, String action, String field, String message) {
        String second = "[{'hook':'embed','action':{'type':'zero'}},{" + where + ",'action':" + action + "}]";
        assertThatThrownBy(() -> Requests.intervene(session, f, second, List.of(), inputs.toArray(int[][]::new)))
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo("interventions[1]." + field))
                .hasMessageStartingWith(message);
    }

    private Interventions.Answer query(Integer topK, int position, List<HookName> capture, Session in) {
        return Interventions.compute(
                in,
                Requests.inputs(in, a, b),
                new Interventions.Query(List.of(), capture, topK, position, null, null, true));
    }

    @Test
    void topKIsOneToTheVocabulary() {
        for (int k : new int[] {0, 41, -1}) {
            assertThatThrownBy(() -> query(k, -1, List.of(), session))
                    .isInstanceOfSatisfying(
                            BadSelection.class, e -> assertThat(e.field()).isEqualTo("top_k"))
                    .hasMessage(k + " must be 1..40");
        }
        assertThat(query(40, -1, List.of(), session).results().get(0).original().top())
                .hasSize(40);
    }

    @Test
    void thePositionOfTheEffectMustBeInEveryInput() {
        assertThatThrownBy(() -> query(null, 6, List.of(), session))
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo("position"))
                .hasMessage("6 must be -6..5");
        assertThat(query(null, -6, List.of(), session).results()).hasSize(2);
    }

    @Test
    void capturedTensorsOverTheLimitAreRefused() {
        Session small = new Session(f.model(), new Limits(1024, 64, 100, 1 << 28), kept, WireSize.VALUES);
        assertThatThrownBy(() -> query(null, -1, List.of(HookName.of(Site.LOGITS)), small))
                .isInstanceOfSatisfying(
                        TooLarge.class, e -> assertThat(e.field()).isEqualTo("capture"));
    }
}
