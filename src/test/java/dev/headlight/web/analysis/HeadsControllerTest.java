package dev.headlight.web.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.headlight.web.Api;
import dev.headlight.web.Format;
import dev.headlight.web.RunningService;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code POST /heads} in all its forms, and the heads that the embedded model's report names. */
@RunningService
class HeadsControllerTest {
    private static final String GIFT = "'input':'When Mary and John went to the store , John gave a drink to'";

    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private Api.Reply ask(String body, String accept) {
        return api.postJson("/heads", "{" + body + "}", accept);
    }

    private JsonObject json(String body) {
        Api.Reply reply = ask(body, "application/json");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private static List<String> names(JsonArray top, int k) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < k; i++) {
            JsonObject head = top.get(i).getAsJsonObject();
            names.add(head.get("layer").getAsInt() + "." + head.get("head").getAsInt());
        }
        return names;
    }

    private static double score(JsonArray top, int i) {
        return top.get(i).getAsJsonObject().get("score").getAsDouble();
    }

    /** As docs/embedded-model.md measured them. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void theEmbeddedModelHasTwoInductionHeadsAndOneOfThePreviousToken(long seed) {
        JsonObject top = json("'seed':" + seed).getAsJsonObject("top");
        JsonArray induction = top.getAsJsonArray("induction");
        assertThat(names(induction, 2)).containsExactlyInAnyOrder("2.0", "2.1");
        assertThat(score(induction, 1)).isGreaterThan(0.9);
        assertThat(score(induction, 2)).isLessThan(0.5);
        JsonArray previous = top.getAsJsonArray("previous_token");
        assertThat(names(previous, 1)).containsExactly("0.4");
        assertThat(score(previous, 0)).isGreaterThan(0.9);
    }

    /** The report: from the end to the right name. */
    @Test
    void itsNameHeadsMoveTheName() {
        JsonObject answer = json(GIFT + ",'answer':' Mary','foil':' John','scores':['name_mover']");
        JsonObject top = answer.getAsJsonObject("top");
        assertThat(names(top.getAsJsonArray("name_mover"), 2)).containsExactlyInAnyOrder("3.0", "3.1");
        assertThat(top.keySet()).containsExactly("name_mover", "name_mover_attention", "name_mover_logit");
        assertThat(answer.getAsJsonObject("scores").keySet()).isEqualTo(top.keySet());
    }

    @Test
    void withoutItsPreviousTokenHeadThereIsNoInduction() {
        String ablated = "'interventions':[{'hook':'z','layer':0,'heads':[4,5],'action':{'type':'zero'}}]";
        JsonArray top =
                json("'scores':['induction']," + ablated).getAsJsonObject("top").getAsJsonArray("induction");
        assertThat(score(top, 0)).isLessThan(0.5);
    }

    @Test
    void whatIsNotAskedForIsAllThatApplies() {
        assertThat(json("'sequences':2").getAsJsonObject("scores").keySet())
                .containsExactly("previous_token", "duplicate_token", "induction", "first_token", "entropy", "copying");
        JsonObject masked = json("'model':'bert','sequences':2");
        assertThat(masked.getAsJsonObject("scores").has("copying")).isFalse();
        assertThat(masked.getAsJsonArray("warnings").get(0).getAsString())
                .startsWith("copying is left out: model bert has a non-linear layer");
    }

    @Test
    void oneScoreIsAnNpyAndSeveralAreSafetensors() {
        assertThat(ask("'scores':['entropy']", Format.NPY_VALUE).status()).isEqualTo(200);
        assertThat(ask("'scores':['entropy','copying']", Format.NPY_VALUE).status())
                .isEqualTo(406);
        String all = new String(
                ask("'scores':['entropy','copying']", Format.SAFETENSORS_VALUE).bytes(),
                java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(all).contains("\"entropy\"", "\"copying\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"image/png", "image/svg+xml"})
    void thePictureHasAPanelAScore(String accept) {
        Api.Reply reply = ask(GIFT + ",'answer':' Mary'", accept);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        if (accept.endsWith("xml")) {
            assertThat(reply.text())
                    .contains(
                            ">induction<",
                            ">previous token<",
                            ">name mover<",
                            "attention probability",
                            "entropy (nats)");
        }
        assertThat(ask("'model':'gpt2','compare_to':'gpt2'", accept).status()).isEqualTo(200);
    }

    @Test
    void bothModelsThatAreComparedSeeTheSameTokens() {
        JsonObject answer = json("'model':'gpt2','compare_to':'gpt2','encoding':'base64'");
        answer.getAsJsonObject("comparison")
                .getAsJsonObject("difference")
                .entrySet()
                .forEach(e -> assertThat(e.getValue()
                                .getAsJsonObject()
                                .get("data")
                                .getAsString()
                                .replaceAll("[A=]", ""))
                        .as(e.getKey())
                        .isEmpty());
    }

    @Test
    void itIsVerifiedOnItsInput() {
        assertThat(json(GIFT + ",'verify':true,'sequences':1").has("verification"))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "verify":true | verify: true needs input
            "scores":[] | scores: must not be empty
            "scores":["induction","induction"] | scores[1]: induction is repeated
            "scores":["rubbish"] | scores[0]
            "scores":["name_mover"] | input: is required for name_mover
            "scores":["name_mover"],"input":"a" | answer: is required for name_mover
            "input":["a","b"],"answer":3 | input: holds 2 inputs and name_mover needs exactly 1
            "input":[5],"scores":["name_mover"],"answer":3 | answer: 3 is not in the input
            "input":[5],"foil":3 | answer: is required if foil is given
            "answer":3 | input: is required for name_mover
            "sequence_length":64 | sequence_length: 64 must be 2..63
            "sequence_length":1 | sequence_length: 1 must be 2..63
            "sequences":0 | sequences: 0 must be 1..1000
            "top_k":33 | top_k: 33 must be 1..32
            "model":"bert","scores":["copying"] | scores[0]: copying is undefined
            "scores":["copying"],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}] | interventions: do not change weights
            "seed":1.5 | seed
            """)
    void whatCannotBeIsNamed(String body, String detail) {
        Api.Reply reply = ask(body, "application/json");
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        assertThat(reply.json().get("detail").getAsString()).startsWith(detail);
    }

    @Test
    void moreSequencesThanTheLimitAreTooLarge() {
        Api.Reply reply = ask("'sequences':1000", "application/json");
        assertThat(reply.status()).as(reply.text()).isEqualTo(413);
        assertThat(reply.json().get("detail").getAsString()).startsWith("sequences");
    }
}
