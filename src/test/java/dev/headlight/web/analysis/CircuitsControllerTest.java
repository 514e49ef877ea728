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

/** {@code POST /attribution-patching} and {@code POST /circuits}, on the heads that the embedded model's report names. */
@RunningService
class CircuitsControllerTest {
    private static final String METRIC =
            "\"metric\":{\"type\":\"logit_difference\",\"answer\":\" Mary\",\"foil\":\" John\"}";
    private static final String NAMES = "\"clean\":\"When Mary and John went to the store , John gave a drink to\","
            + "\"corrupted\":\"When Mary and John went to the store , Mary gave a drink to\"," + METRIC;
    private static final String TWO = "\"model\":\"gpt2\",\"clean\":[5,6,7,8],\"corrupted\":[5,6,9,8],"
            + "\"metric\":{\"type\":\"logit_difference\",\"answer\":3,\"foil\":4}";

    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private JsonObject ask(String path, String body) {
        Api.Reply reply = api.post(path, "{" + body + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private static List<String> ids(JsonObject circuit) {
        return circuit.getAsJsonArray("nodes").asList().stream()
                .map(n -> n.getAsJsonObject().get("id").getAsString())
                .toList();
    }

    @Test
    void theNameHeadsAreTheStrongestAndSoAreTheirEdgesToTheLogits() {
        JsonObject heads =
                ask("/attribution-patching", NAMES + ",\"hook\":\"z\",\"over\":[\"layer\",\"head\"],\"exact\":2");
        assertThat(heads.getAsJsonArray("exact").asList())
                .extracting(e -> e.getAsJsonObject().get("index").toString())
                .containsExactlyInAnyOrder("[3,0]", "[3,1]");
        JsonObject edges = ask("/attribution-patching", NAMES + ",\"over\":[\"sender\",\"receiver\"],\"exact\":2");
        List<JsonElement> senders = edges.getAsJsonArray("senders").asList();
        List<JsonElement> receivers = edges.getAsJsonArray("receivers").asList();
        assertThat(edges.getAsJsonArray("exact").asList())
                .extracting(e -> e.getAsJsonObject().getAsJsonArray("index"))
                .extracting(at -> senders.get(at.get(0).getAsInt()).getAsString() + " "
                        + receivers.get(at.get(1).getAsInt()).getAsString())
                .containsExactlyInAnyOrder("blocks.3.head.0 logits", "blocks.3.head.1 logits");
        assertThat(edges.getAsJsonObject("grid").get("dims").toString()).isEqualTo("[\"sender\",\"receiver\"]");
    }

    @Test
    void theCircuitOfTheNameHoldsTheHeadsThatMoveIt() {
        JsonObject circuit = ask("/circuits", NAMES + ",\"steps\":30");
        assertThat(ids(circuit))
                .contains("blocks.3.head.0", "blocks.3.head.1", "blocks.0.head.3")
                .hasSizeLessThan(25);
        assertThat(circuit.get("faithfulness").getAsDouble()).isGreaterThanOrEqualTo(0.8);
        assertThat(circuit.get("completeness").getAsDouble()).isBetween(-0.05, 0.05);
        assertThat(circuit.get("edge_count").getAsInt()).isEqualTo(1519);
    }

    @Test
    void aCircuitIsDrawnAndWrittenForGraphviz() {
        Api.Reply dot = api.post("/circuits", "{" + NAMES + "}", "text/vnd.graphviz");
        assertThat(dot.type()).startsWith("text/vnd.graphviz");
        assertThat(dot.text()).startsWith("digraph {").contains("\"blocks.3.head.0\" -> \"logits\"");
        Api.Reply svg = api.post("/circuits", "{" + NAMES + "}", "image/svg+xml");
        assertThat(svg.text()).contains("<svg", "head 3.0", "logits");
        assertThat(api.post("/circuits", "{" + NAMES + "}", "application/x-npy").status())
                .isEqualTo(406);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /circuits | "share":1.5 | share
            /circuits | "edges_max":0 | edges_max
            /circuits | "steps":0 | steps
            /circuits | "method":"eap","steps":3 | steps
            /circuits | "seed":1 | seed
            /circuits | "interventions":[{"hook":"resid_post","layer":0,"action":{"type":"zero"}}] | interventions[0].hook
            /attribution-patching | "over":["layer","position"] | hook
            /attribution-patching | "over":["sender","receiver"],"hook":"z" | hook
            /attribution-patching | "over":["receiver","sender"],"hook":"z" | over
            /attribution-patching | "over":["layer","head"],"hook":"z","exact":0 | exact
            /attribution-patching | "over":["layer","head"],"hook":"z","steps":3 | steps
            """)
    void whatIsImpossibleIsNamed(String path, String more, String field) {
        Api.Reply reply = api.post(path, "{" + TWO + "," + more + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        assertThat(reply.text()).contains("\"field\":\"" + field + "\"");
    }
}
