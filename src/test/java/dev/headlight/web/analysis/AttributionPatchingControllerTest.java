package dev.headlight.web.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.web.Api;
import dev.headlight.web.RunningService;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code POST /attribution-patching}, on the heads that the embedded model's report names. */
@RunningService
class AttributionPatchingControllerTest {
    private static final String METRIC = "'metric':{'type':'logit_difference','answer':' Mary','foil':' John'}";
    private static final String NAMES = "'clean':'When Mary and John went to the store , John gave a drink to',"
            + "'corrupted':'When Mary and John went to the store , Mary gave a drink to'," + METRIC;
    private static final String TWO = "'model':'gpt2','clean':[5,6,7,8],'corrupted':[5,6,9,8],"
            + "'metric':{'type':'logit_difference','answer':3,'foil':4}";

    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private JsonObject ask(String body) {
        Api.Reply reply = api.postJson("/attribution-patching", "{" + body + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    @Test
    void theNameHeadsAreTheStrongestAndSoAreTheirEdgesToTheLogits() {
        JsonObject heads = ask(NAMES + ",'hook':'z','over':['layer','head'],'exact':2");
        assertThat(heads.getAsJsonArray("exact").asList())
                .extracting(e -> e.getAsJsonObject().get("index").toString())
                .containsExactlyInAnyOrder("[3,0]", "[3,1]");
        JsonObject edges = ask(NAMES + ",'over':['sender','receiver'],'exact':2");
        List<JsonElement> senders = edges.getAsJsonArray("senders").asList();
        List<JsonElement> receivers = edges.getAsJsonArray("receivers").asList();
        assertThat(edges.getAsJsonArray("exact").asList())
                .extracting(e -> e.getAsJsonObject().getAsJsonArray("index"))
                .extracting(at -> senders.get(at.get(0).getAsInt()).getAsString() + " "
                        + receivers.get(at.get(1).getAsInt()).getAsString())
                .containsExactlyInAnyOrder("blocks.3.head.0 logits", "blocks.3.head.1 logits");
        assertThat(edges.getAsJsonObject("grid").get("dims").toString()).isEqualTo("[\"sender\",\"receiver\"]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'over':['layer','position'] | hook
            'over':['sender','receiver'],'hook':'z' | hook
            'over':['receiver','sender'],'hook':'z' | over
            'over':['layer','head'],'hook':'z','exact':0 | exact
            'over':['layer','head'],'hook':'z','steps':3 | steps
            """)
    void whatIsImpossibleIsNamed(String more, String field) {
        Api.Reply reply = api.postJson("/attribution-patching", "{" + TWO + "," + more + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        assertThat(reply.text()).contains("\"field\":\"" + field + "\"");
    }
}
