package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The JSON of actions: what is read, and in which words a fault is told. */
@RunningService
class ActionBodiesTest {
    private static final String TYPES =
            "must be one of zero, mean, scale, set, add, patch, noise, freeze, resample, project_out, clamp, mask";

    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    /** gpt2 has 12 neurons at resid_post. */
    private Api.Reply with(String action) {
        String json =
                "{'model':'gpt2','input':[1,2,3,4],'interventions':[{'hook':'z','layer':0,'action':{'type':'zero'}},"
                        + "{'hook':'resid_post','layer':0,'action':" + action + "}]}";
        return api.post("/interventions", json.replace('\'', '"'));
    }

    private void assertRefused(String action, String field, String message) {
        Api.Reply reply = with(action);
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        JsonElement error = reply.json().getAsJsonArray("errors").get(0);
        assertThat(error.getAsJsonObject().get("field").getAsString()).isEqualTo("interventions[1]." + field);
        assertThat(error.getAsJsonObject().get("message").getAsString()).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'zero'}",
                "{'type':'mean'}",
                "{'type':'mean','reference':null}",
                "{'reference':[[1,2],[3]],'type':'mean'}",
                "{'type':'scale','factor':2}",
                "{'factor':-0.5,'type':'scale'}",
                "{'type':'set','value':3}",
                "{'type':'add','vector':[1,2,3,4,5,6,7,8,9,10,11,12]}",
                "{'coefficient':null,'vector':[1,2,3,4,5,6,7,8,9,10,11,12],'type':'add'}",
                "{'source':[4,3,2,1],'type':'patch'}",
                "{'type':'patch','source':[[4,3,2,1]],'source_positions':[0,0,-1,2]}",
                "{'type':'noise','std':0.5}",
                "{'seed':-9223372036854775808,'std':0.5,'type':'noise'}",
                "{'type':'freeze'}",
                "{'type':'resample','seed':null}",
                "{'reference':[7,8],'seed':2,'type':'resample'}",
                "{'type':'project_out','vector':[1,2,3,4,5,6,7,8,9,10,11,12],'coefficient':0.5}",
                "{'type':'clamp','min':-1,'max':1}",
                "{'type':'clamp','max':0.25,'min':null}"
            })
    void theTypeMayStandAnywhereAndWhatIsOptionalMayBeLeftOutOrNull(String action) {
        Api.Reply reply = with(action);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            null | action | is required
            'zero' | action | must be an object
            5 | action | must be an object
            ['zero',{}] | action | must be an object
            {} | action.type | is required
            {'factor':2} | action.type | is required
            {'type':null} | action.type | is required
            {'type':5} | action.type | must be a string
            {'type':{}} | action.type | must be a string
            {'type':['zero']} | action.type | must be a string
            {'type':'zero','factor':1} | action.factor | is not known; the known fields are [type]
            {'facter':1,'factor':2,'type':'scale'} | action.facter | is not known; the known fields are [factor, type]
            {'type':'patch','source':[4,3,2,1],'sourcePositions':[1]} | action.sourcePositions | is not known; the known fields are [source, source_positions, type]
            {'type':'scale'} | action.factor | is required
            {'factor':null,'type':'scale'} | action.factor | is required
            {'type':'scale','factor':'3'} | action.factor | must be a finite number that fits float32
            {'factor':1e39,'type':'scale'} | action.factor | must be a finite number that fits float32
            {'type':'set','value':true} | action.value | must be a finite number that fits float32
            {'type':'add'} | action.vector | is required
            {'type':'add','vector':1} | action.vector | must be a list
            {'vector':[1,null],'type':'add'} | action.vector[1] | must be a finite number that fits float32
            {'type':'add','vector':[1]} | action.vector | has 1 values and must have 12
            {'type':'add','vector':[1],'coefficient':[]} | action.coefficient | must be a finite number that fits float32
            {'type':'patch'} | action.source | is required
            {'source':null,'type':'patch'} | action.source | is required
            {'type':'patch','source':[[1],[2]]} | action.source | holds 2 inputs and must hold exactly 1
            {'source':[100000],'type':'patch'} | action.source[0] | 100000 must be a token id in 0..39
            {'source':{'messages':[{'role':'user'}]},'type':'patch'} | action.source.messages[0].content | is required
            {'type':'patch','source':[4,3,2,1],'source_positions':[2147483648]} | action.source_positions[0] | must be an integer of 32 bits
            {'type':'patch','source':[4,3,2,1],'source_positions':0} | action.source_positions | must be a list
            {'reference':[[1],[2,'a']],'type':'mean'} | action.reference[1][1] | must be a text, a list of token ids (integers), a conversation (an object with messages), or a list of texts, of lists of token ids, or of conversations
            {'type':'noise'} | action.std | is required
            {'std':-1,'type':'noise'} | action.std | -1.0 must be at least 0
            {'type':'noise','std':1,'seed':1.5} | action.seed | must be an integer of 64 bits
            {'type':'resample','seed':9223372036854775808} | action.seed | must be an integer of 64 bits
            {'type':'project_out','vector':[0,0,0,0,0,0,0,0,0,0,0,0]} | action.vector | has no direction: it is (numerically) zero at every chosen neuron
            {'type':'clamp'} | action.min | is required where max is not given
            {'max':1,'min':2,'type':'clamp'} | action.min | 2.0 must be at most max, which is 1.0
            {'type':'mask'} | action.type | mask applies to hook attn_scores only, not to resid_post
            """)
    void aFaultIsToldAtItsPath(String action, String field, String message) {
        assertRefused(action, field, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "boil", "Zero", "projectOut", "ProjectOut", "dev.headlight.interp.Session"})
    void anUnknownTypeIsAnsweredWithAllThereAre(String type) {
        assertRefused("{'type':'" + type + "'}", "action.type", "'" + type + "' " + TYPES);
    }

    @Test
    void aFieldOfAnotherTypeMayBeNullAndNothingElse() {
        assertThat(with("{'type':'zero','vector':null,'reference':null}").status())
                .isEqualTo(200);
        assertRefused("{'type':'zero','vector':[1]}", "action.vector", "is not known; the known fields are [type]");
        assertRefused("{'type':'zero','other':null}", "action.other", "is not known; the known fields are [type]");
    }

    @Test
    void aNumberBeyondAllBoundsIsNoNumber() {
        assertRefused(
                "{'type':'set','value':1" + "0".repeat(400) + "}",
                "action.value",
                "must be a finite number that fits float32");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'zero','type':'zero'}",
                "{'type':'set','value':1,'value':2}",
                "{'type':'set','value':NaN}",
                "{'type':'set','value':01}"
            })
    void whatIsNoSoundJsonCannotBeRead(String action) {
        assertThat(with(action).status()).isEqualTo(400);
    }
}
