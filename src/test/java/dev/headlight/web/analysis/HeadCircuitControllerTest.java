package dev.headlight.web.analysis;

import static dev.headlight.web.Problems.assertInvalid;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.headlight.web.Api;
import dev.headlight.web.Format;
import dev.headlight.web.RunningService;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code POST /heads/circuits}: the OV and the QK circuit of a head. */
@RunningService
class HeadCircuitControllerTest {
    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private JsonObject ask(String body) {
        Api.Reply reply = api.postJson("/heads/circuits", body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    @Test
    void aCircuitIsAmongTheInputsTokensAndOverTheVocabulary() {
        JsonObject answer =
                ask("{'input':' Mary John','add_special_tokens':false,'layer':3,'head':0,'circuit':'ov','top_k':3}");
        assertThat(answer.get("circuit").getAsString()).isEqualTo("ov");
        JsonObject result = answer.getAsJsonArray("results").get(0).getAsJsonObject();
        JsonObject circuit = result.getAsJsonObject("circuit");
        assertThat(circuit.get("dims").toString()).isEqualTo("[\"source\",\"destination\"]");
        assertThat(circuit.get("shape").toString()).isEqualTo("[2,2]");
        JsonObject row = result.getAsJsonArray("rows").get(0).getAsJsonObject();
        assertThat(row.get("token").getAsString()).isEqualTo(" Mary");
        double largest =
                row.getAsJsonArray("top").get(0).getAsJsonObject().get("value").getAsDouble();
        double smallest = row.getAsJsonArray("bottom")
                .get(0)
                .getAsJsonObject()
                .get("value")
                .getAsDouble();
        assertThat(circuit.getAsJsonArray("data").get(0).getAsJsonArray().get(0).getAsDouble())
                .isBetween(smallest, largest);
        assertThat(row.getAsJsonArray("bottom")).hasSize(3);
        Api.Reply npy =
                api.postJson("/heads/circuits", "{'input':[4,5],'layer':0,'head':0,'circuit':'qk'}", Format.NPY_VALUE);
        assertThat(npy.status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'layer':9,'head':0,'circuit':'ov' | layer | 0..3
            'layer':0,'head':8,'circuit':'ov' | head | 0..7
            'layer':0,'head':0 | circuit | is required
            'layer':0,'head':0,'circuit':'vo' | circuit | ov
            'model':'bert','layer':0,'head':0,'circuit':'ov' | circuit | non-linear layer
            """)
    void whatIsImpossibleIsRefusedWithTheReason(String body, String field, String reason) {
        assertInvalid(api.postJson("/heads/circuits", "{'input':[1,2,3]," + body + "}"), field, reason);
    }
}
