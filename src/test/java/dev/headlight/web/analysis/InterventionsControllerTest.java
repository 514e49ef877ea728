package dev.headlight.web.analysis;

import static dev.headlight.web.Problems.assertInvalid;

import dev.headlight.web.Api;
import dev.headlight.web.RunningService;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code POST /interventions}: what it refuses. */
@RunningService
class InterventionsControllerTest {
    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    /** gpt2 has 2 layers, 3 heads, d_model 12 and 43 tokens. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            {"model":"gpt2","input":[1],"interventions":[]} | interventions | empty
            {"model":"gpt2","input":[1],"interventions":[{"layer":0,"action":{"type":"zero"}}]} | interventions[0].hook | required
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","action":{"type":"zero"}}]} | interventions[0].layer | required
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0}]} | interventions[0].action | required
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"scale"}}]} | interventions[0].action.factor | required
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero","factor":1}}]} | interventions[0].action.factor | not known
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"noise","std":-1}}]} | interventions[0].action.std | at least 0
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"boil"}}]} | interventions[0].action.type | one of zero
            {"model":"gpt2","input":[1],"interventions":[{"hook":"resid_post","layer":0,"heads":[0],"action":{"type":"zero"}}]} | interventions[0].heads | does not apply
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"mask"}}]} | interventions[0].action.type | attn_scores
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"clamp"}}]} | interventions[0].action.min | required where max is not given
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"clamp","min":2,"max":1}}]} | interventions[0].action.min | at most max, which is 1.0
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"clamp","max":"3"}}]} | interventions[0].action.max | finite number
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"clamp","min":0,"value":1}}]} | interventions[0].action.value | not known
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"freeze","seed":1}}]} | interventions[0].action.seed | not known
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"resample","seed":1.5}}]} | interventions[0].action.seed | integer
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"resample","reference":[]}}]} | interventions[0].action.reference | empty
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"project_out"}}]} | interventions[0].action.vector | required
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"project_out","vector":[0,0,0,0]}}]} | interventions[0].action.vector | no direction
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"project_out","vector":[1,0]}}]} | interventions[0].action.vector | must have 4
            {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"project_out","vector":[1,0,0,null]}}]} | interventions[0].action.vector[3] | finite number
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"resample"}}]} | interventions[0].action.type | only 1
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"foil":1} | answer | required
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"answer":1000} | answer | 0..
            {"model":"micro","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"answer":" Mary and"} | answer | exactly 1
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"position":1} | position | -1..0
            {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"top_k":0} | top_k | 1..
            """)
    void aRefusalNamesTheFieldAndItsRange(String body, String field, String says) {
        assertInvalid(api.post("/interventions", body), field, says);
    }
}
