package dev.headlight.web.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.web.Api;
import dev.headlight.web.RunningService;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code POST /circuits}, on the heads that the embedded model's report names. */
@RunningService
class CircuitsControllerTest {
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
        Api.Reply reply = api.postJson("/circuits", "{" + body + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private static List<String> ids(JsonObject circuit) {
        return circuit.getAsJsonArray("nodes").asList().stream()
                .map(n -> n.getAsJsonObject().get("id").getAsString())
                .toList();
    }

    @Test
    void theCircuitOfTheNameHoldsTheHeadsThatMoveIt() {
        JsonObject circuit = ask(NAMES + ",'steps':30");
        assertThat(ids(circuit))
                .contains("blocks.3.head.0", "blocks.3.head.1", "blocks.0.head.3")
                .hasSizeLessThan(25);
        assertThat(circuit.get("faithfulness").getAsDouble()).isGreaterThanOrEqualTo(0.8);
        assertThat(circuit.get("completeness").getAsDouble()).isBetween(-0.05, 0.05);
        assertThat(circuit.get("edge_count").getAsInt()).isEqualTo(1519);
    }

    @Test
    void progressComesBeforeTheAnswer() {
        Api.Reply reply = api.postJson("/circuits", "{" + NAMES + "}", "text/event-stream");
        assertThat(reply.type()).startsWith("text/event-stream");
        List<String> events = List.of(reply.text().split("\n\n"));
        List<JsonObject> progress = events.subList(0, events.size() - 1).stream()
                .map(event -> data(event, "progress"))
                .toList();
        assertThat(progress.subList(0, 5))
                .allMatch(p -> p.get("stage").getAsString().equals("scores"));
        assertThat(progress.get(4).get("done").getAsInt()).isEqualTo(5);
        assertThat(progress.get(4).get("of").getAsInt()).isEqualTo(5);
        JsonObject last = progress.get(progress.size() - 1);
        assertThat(last.get("stage").getAsString()).isEqualTo("search");
        JsonObject answer = data(events.get(events.size() - 1), "answer");
        assertThat(answer.getAsJsonArray("edges").size())
                .isLessThanOrEqualTo(last.get("edges_at_most").getAsInt());
        assertThat(answer.get("faithfulness")).isEqualTo(ask(NAMES).get("faithfulness"));
        assertThat(api.postJson("/circuits", "{" + NAMES + ",'dry_run':true}", "text/event-stream")
                        .status())
                .isEqualTo(406);
    }

    private static JsonObject data(String event, String name) {
        assertThat(event).startsWith("event: " + name + "\ndata: ");
        return JsonParser.parseString(event.split("data: ", 2)[1]).getAsJsonObject();
    }

    @Test
    void aCircuitIsDrawnAndWrittenForGraphviz() {
        Api.Reply dot = api.postJson("/circuits", "{" + NAMES + "}", "text/vnd.graphviz");
        assertThat(dot.type()).startsWith("text/vnd.graphviz");
        assertThat(dot.text()).startsWith("digraph {").contains("\"blocks.3.head.0\" -> \"logits\"");
        Api.Reply svg = api.postJson("/circuits", "{" + NAMES + "}", "image/svg+xml");
        assertThat(svg.text()).contains("<svg", "head 3.0", "logits");
        assertThat(api.postJson("/circuits", "{" + NAMES + "}", "application/x-npy")
                        .status())
                .isEqualTo(406);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'share':1.5 | share
            'edges_max':0 | edges_max
            'steps':0 | steps
            'method':'eap','steps':3 | steps
            'seed':1 | seed
            'interventions':[{'hook':'resid_post','layer':0,'action':{'type':'zero'}}] | interventions[0].hook
            """)
    void whatIsImpossibleIsNamed(String more, String field) {
        Api.Reply reply = api.postJson("/circuits", "{" + TWO + "," + more + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        assertThat(reply.text()).contains("\"field\":\"" + field + "\"");
    }
}
