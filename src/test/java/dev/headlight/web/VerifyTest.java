package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.interp.read.Tokens;
import dev.headlight.interp.verify.Verification;
import dev.headlight.model.Provenance;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.MediaType;
import org.springframework.mock.http.MockHttpOutputMessage;
import tools.jackson.databind.json.JsonMapper;

/** {@code "verify": true} on any analysis answers how exactly the model keeps what must hold. */
@RunningService
class VerifyTest {
    @LocalServerPort
    int port;

    @Autowired
    JsonMapper mapper;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /attention | {"input":["Mary and John","The capital of"],"heads":[0]}
            /attention | {"model":"encoder_post_relu","input":[[1,2,3],[4],[5,6,7]],"average_heads":true}
            /activations | {"input":"Mary and John","hooks":["blocks.0.attn.hook_z"],"positions":[-1]}
            /activations/top | {"input":"Mary and John","layer":0}
            /attribution | {"input":["Mary and John","The capital of"],"metric":{"type":"logit","answer":" Mary"}}
            /attribution | {"input":"Mary and John went","metric":{"type":"logit_difference","answer":" Mary","foil":" John"},"positions":[-1,0,2],"neurons":true}
            /attribution | {"input":"Mary and John went","metric":{"type":"logit","answer":5},"by_source":true,"interventions":[{"hook":"resid_mid","layer":1,"action":{"type":"scale","factor":3}}]}
            /heads/circuits | {"input":"Mary and John went","layer":1,"head":0,"circuit":"ov"}
            /heads/circuits | {"input":["Mary and John","The"],"layer":1,"head":0,"circuit":"qk","top_k":3}
            /interventions | {"input":"Mary and John","interventions":[{"hook":"pattern","layer":0,"action":{"type":"scale","factor":3}}]}
            """)
    void everyAnalysisAnswersItsResidualsWhereAsked(String path, String body) {
        Api.Reply reply = api.post(path, with(body, "true"));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        JsonObject verification = reply.json().getAsJsonObject("verification");
        JsonObject schemas = schemas();
        assertThat(verification.keySet()).containsExactlyInAnyOrderElementsOf(fields(schemas, "Verification"));
        for (Map.Entry<String, JsonElement> e : verification.entrySet()) {
            JsonObject identity = e.getValue().getAsJsonObject();
            assertThat(identity.keySet()).containsExactlyInAnyOrderElementsOf(fields(schemas, "Identity"));
            assertThat(identity.get("largest").getAsDouble())
                    .as(e.getKey())
                    .isBetween(0.0, identity.get("tolerance").getAsDouble());
            assertThat(identity.get("hook").getAsString()).isNotEmpty();
        }
        JsonObject without = api.post(path, body).json();
        assertThat(without.has("verification")).isFalse();
        assertThat(reply.json().get("warnings")).isEqualTo(without.get("warnings"));
        assertThat(api.post(path, with(body, "false")).json()).isEqualTo(without);
        assertThat(reply.json().get("results")).isEqualTo(without.get("results"));
    }

    /** Found in the OpenAPI document, and so of every analysis that there is. */
    @TestFactory
    Stream<DynamicTest> everyExampleAnswersItsResidualsWhereAsked() {
        return Endpoints.analyses(api).stream()
                .filter(example -> example.hasInput() && !example.json().has("verify"))
                .map(example -> DynamicTest.dynamicTest(
                        example.toString(),
                        () -> everyAnalysisAnswersItsResidualsWhereAsked(example.path(), example.body())));
    }

    @Test
    void safetensorsCarriesThemToo() {
        byte[] bytes = api.post(
                        "/attention", "{\"model\":\"gpt2\",\"input\":[3,4],\"verify\":true}", Format.SAFETENSORS_VALUE)
                .bytes();
        int header = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonObject metadata = JsonParser.parseString(new String(bytes, 8, header, StandardCharsets.UTF_8))
                .getAsJsonObject()
                .getAsJsonObject("__metadata__");
        JsonObject rest =
                JsonParser.parseString(metadata.get("response").getAsString()).getAsJsonObject();
        assertThat(rest.getAsJsonObject("verification").keySet()).hasSize(5);
        assertThat(rest.getAsJsonArray("warnings")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /attention | application/x-npy
            /attention | image/png
            /attention | image/svg+xml
            /activations/top | image/png
            """)
    void aFormThatCannotHoldThemIs406(String path, String accept) {
        String body = "{\"model\":\"gpt2\",\"input\":[3,4],%s\"verify\":true}"
                .formatted(path.endsWith("top") ? "\"layer\":0," : "");
        Api.Reply reply = api.post(path, body, accept);
        assertThat(reply.status()).as(reply.text()).isEqualTo(406);
        assertThat(reply.json().get("detail").getAsString())
                .isEqualTo("verify: " + accept + " cannot hold the verification; accept application/json instead");
        assertThat(api.post(path, body.replace("true", "false"), accept).status())
                .isEqualTo(200);
    }

    @Test
    void whatDoesNotHoldIsAWarningOfTheAnswer() throws IOException {
        Verification.Identity holds = new Verification.Identity(1e-7, 1e-4, "logits", 0);
        Verification verification = new Verification(
                holds, holds, holds, holds, new Verification.Identity(null, 1e-4, "blocks.0.hook_mlp_out", 2));
        Tokens.Answer answer = new Tokens.Answer(
                "m",
                List.of(),
                new Provenance("m", null, "float32", "cpu", "PyTorch", "1", List.of()),
                List.of("mind"));
        MockHttpOutputMessage out = new MockHttpOutputMessage();
        new ReplyConverter(mapper)
                .write(
                        new Reply(answer, verification, null, List.of(), null, Format.JSON, Encoding.NESTED, null),
                        MediaType.APPLICATION_JSON,
                        out);
        JsonObject json = JsonParser.parseString(out.getBodyAsString()).getAsJsonObject();
        JsonArray warnings = json.getAsJsonArray("warnings");
        assertThat(warnings).hasSize(2);
        assertThat(warnings.get(0).getAsString()).isEqualTo("mind");
        assertThat(warnings.get(1).getAsString())
                .isEqualTo("verification.batch_row is not finite at blocks.0.hook_mlp_out of input 2,"
                        + " and must be at most 1.0E-4");
        assertThat(json.getAsJsonObject("verification")
                        .getAsJsonObject("batch_row")
                        .get("largest")
                        .isJsonNull())
                .isTrue();
    }

    @Test
    void everyAnalysisInTheDocumentCanBeVerified() {
        JsonObject document = api.get("/v3/api-docs").json();
        int analyses = 0;
        for (JsonElement path : document.getAsJsonObject("paths").asMap().values()) {
            JsonObject post = path.getAsJsonObject().getAsJsonObject("post");
            if (post != null && post.getAsJsonArray("tags").get(0).getAsString().equals("Analyses")) {
                assertThat(properties(schema(post.getAsJsonObject("requestBody"))))
                        .contains("verify");
                assertThat(properties(schema(post.getAsJsonObject("responses").getAsJsonObject("200"))))
                        .contains("verification");
                analyses++;
            }
        }
        assertThat(analyses).isGreaterThanOrEqualTo(4);
        assertThat(properties("TokensAnswer")).doesNotContain("verification");
    }

    private static String schema(JsonObject body) {
        JsonObject schema = body.getAsJsonObject("content")
                .getAsJsonObject("application/json")
                .getAsJsonObject("schema");
        return schema.get("$ref").getAsString().replaceAll(".*/", "");
    }

    private List<String> properties(String schema) {
        return List.copyOf(
                schemas().getAsJsonObject(schema).getAsJsonObject("properties").keySet());
    }

    private JsonObject schemas() {
        return api.get("/v3/api-docs").json().getAsJsonObject("components").getAsJsonObject("schemas");
    }

    private static List<String> fields(JsonObject schemas, String name) {
        return schemas.getAsJsonObject(name).getAsJsonArray("required").asList().stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    private static String with(String body, String verify) {
        return body.substring(0, body.length() - 1) + ",\"verify\":" + verify + "}";
    }
}
