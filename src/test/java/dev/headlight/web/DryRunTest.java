package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.headlight.model.store.Models;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code "dry_run": true} on any analysis answers what it would take, and runs nothing. */
@RunningService
class DryRunTest {
    private static final Percentage DIGITS = Percentage.withPercentage(20);

    @LocalServerPort
    int port;

    @Autowired
    Models models;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private static String with(String body, String field) {
        return body.substring(0, body.length() - 1) + "," + field + "}";
    }

    private JsonObject estimate(String path, String body) {
        Api.Reply reply = api.post(path, with(body, "\"dry_run\":true"));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.type()).startsWith("application/json");
        return reply.json();
    }

    private static long number(JsonObject estimate, String field) {
        return estimate.get(field).getAsLong();
    }

    private long forwards() {
        return models.admit(null, "test").model().forwards();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /attention | {"input":["Mary and John","The capital of"],"heads":[0]}
            /attention | {"input":"When Mary and John went to the store , John gave a drink to"}
            /attention | {"input":"When Mary and John went to the store","kind":"scores"}
            /attention | {"input":"When Mary and John went to the store","kind":"value_weighted","average_heads":true}
            /attention | {"model":"encoder_post_relu","input":[[1,2,3],[4],[5,6,7]],"average_heads":true}
            /attention | {"model":"mistral","input":[1,2,3,4,5,6,7,8,9,10,11,12]}
            /activations | {"input":"Mary and John","hooks":["blocks.0.attn.hook_z"],"positions":[-1]}
            /activations | {"input":["Mary and John","Paris"],"hooks":["blocks.*.hook_resid_post","blocks.*.attn.hook_pattern","logits"]}
            /activations/top | {"input":"Mary and John","layer":0}
            /activations/top | {"input":"Mary and John","layer":0,"k":200}
            /attribution | {"input":["Mary and John","The capital of"],"metric":{"type":"logit","answer":" Mary"}}
            /attribution | {"input":"Mary and John went","metric":{"type":"logit_difference","answer":" Mary","foil":" John"},"positions":[-1,0,2],"neurons":true}
            /attribution | {"input":"Mary and John went","metric":{"type":"logit","answer":5},"by_source":true,"interventions":[{"hook":"resid_mid","layer":1,"action":{"type":"scale","factor":3}}]}
            /heads/circuits | {"input":"Mary and John went","layer":1,"head":0,"circuit":"ov"}
            /heads/circuits | {"input":["Mary and John","The"],"layer":1,"head":0,"circuit":"qk","top_k":3}
            /interventions | {"input":"Mary and John","interventions":[{"hook":"pattern","layer":0,"action":{"type":"scale","factor":3}}]}
            /interventions | {"input":["Mary and John","The capital"],"interventions":[{"hook":"z","layer":1,"action":{"type":"zero"}}],"capture":["blocks.*.hook_mlp_out","blocks.1.attn.hook_attn_scores"]}
            /lens | {"input":"When Mary and John went to the store"}
            /heads | {"input":"When Mary and John went to the store","scores":["first_token","entropy"]}
            /heads | {"input":"When Mary and John went","scores":["name_mover"],"answer":" Mary","top_k":3}
            /lens | {"input":["Mary and John","The capital"],"top_k":1,"targets":[" Paris",3],"positions":[-1,0]}
            /lens | {"input":"Mary and John","top_k":2,"hook":"mlp_out","layers":[1],"return_logits":true}
            """)
    void everyAnalysisAnswersItsCostAndRunsNothing(String path, String body) {
        long before = forwards();
        JsonObject estimate = estimate(path, body);
        assertThat(forwards()).isEqualTo(before);
        assertThat(estimate.keySet())
                .containsExactlyInAnyOrder("bytes", "flops", "response_bytes", "fits", "provenance", "warnings");
        assertThat(number(estimate, "bytes")).isPositive();
        assertThat(number(estimate, "flops")).isPositive();
        assertThat(estimate.get("fits").getAsBoolean()).isTrue();
        assertThat(estimate.getAsJsonArray("warnings")).isEmpty();
        Api.Reply run = api.post(path, body);
        assertThat(number(estimate, "response_bytes")).as(run.text()).isCloseTo(run.bytes().length, DIGITS);
        JsonObject verified = estimate(path, with(body, "\"verify\":true"));
        assertThat(number(verified, "flops")).isGreaterThan(2 * number(estimate, "flops"));
        assertThat(number(verified, "bytes")).isGreaterThanOrEqualTo(number(estimate, "bytes"));
        assertThat(api.post(path, with(body, "\"dry_run\":false")).json()).isEqualTo(run.json());
    }

    /** Found in the OpenAPI document, and so of every analysis that there is. */
    @TestFactory
    Stream<DynamicTest> everyExampleOfEveryAnalysisAnswersItsCostAndRunsNothing() {
        return Endpoints.analyses(api).stream()
                .map(example -> DynamicTest.dynamicTest(example.toString(), () -> example(example)));
    }

    private void example(Endpoints.Example example) {
        long before = forwards();
        JsonObject estimate = estimate(example.path(), example.body());
        assertThat(forwards()).isEqualTo(before);
        assertThat(number(estimate, "bytes")).isPositive();
        assertThat(number(estimate, "flops")).isPositive();
        assertThat(estimate.get("fits").getAsBoolean()).isTrue();
        assertThat(estimate.getAsJsonArray("warnings")).isEmpty();
        Api.Reply run = api.post(example.path(), example.body());
        assertThat(number(sized(example, estimate, run), "response_bytes"))
                .as(run.text())
                .isCloseTo(run.bytes().length, DIGITS);
        if (example.hasInput() && !example.json().has("verify")) {
            JsonObject verified = estimate(example.path(), example.with("verify", new JsonPrimitive(true)));
            assertThat(number(verified, "flops")).isGreaterThan(number(estimate, "flops"));
            assertThat(number(verified, "bytes")).isGreaterThanOrEqualTo(number(estimate, "bytes"));
        }
        assertThat(api.post(example.path(), with(example.body(), "\"dry_run\":false"))
                        .json())
                .isEqualTo(run.json());
    }

    /** The number of edges of a circuit depends on values. The estimate is compared with that of a request for this number. */
    private JsonObject sized(Endpoints.Example example, JsonObject estimate, Api.Reply run) {
        if (!run.json().has("edges")) {
            return estimate;
        }
        int edges = run.json().getAsJsonArray("edges").size();
        return estimate(example.path(), example.with("edges_max", new JsonPrimitive(edges)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /attention | {"input":["Mary and John","The capital of"]} | application/vnd.safetensors
            /activations | {"input":"When Mary and John went to the store","hooks":["blocks.*.attn.hook_z","logits"]} | application/vnd.safetensors
            /attention | {"input":"When Mary and John went to the store , John gave a drink to","layers":[0]} | application/x-npy
            /attention | {"input":"When Mary and John went to the store , John gave a drink to","encoding":"base64"} | application/json
            /lens | {"input":"Mary and John","return_logits":true} | application/vnd.safetensors
            /heads | {"sequences":1,"scores":["copying"]} | application/x-npy
            """)
    void theSizeIsThatOfTheMostPreferredFormat(String path, String body, String accept) {
        Api.Reply reply =
                api.post(path, with(body, "\"dry_run\":true"), "image/png, " + accept + ", application/json;q=0.5");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.type()).startsWith("application/json");
        Api.Reply run = api.post(path, body, accept);
        assertThat(number(reply.json(), "response_bytes")).isCloseTo(run.bytes().length, Percentage.withPercentage(5));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            application/vnd.safetensors | {"input":[1,2]} | dry_run: application/vnd.safetensors cannot hold the cost; accept application/json too
            image/png | {"input":[1,2]} | dry_run: image/png cannot hold the cost; accept application/json too
            application/x-npy, application/json;q=0.1 | {"input":[[1],[2]]} | the answer holds 2 tensors
            """)
    void whatCannotHoldItIs406(String accept, String body, String detail) {
        Api.Reply reply = api.post("/attention", with(body, "\"dry_run\":true"), accept);
        assertThat(reply.status()).as(reply.text()).isEqualTo(406);
        assertThat(reply.json().get("detail").getAsString()).startsWith(detail);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /attention | {"input":[1],"layers":[9]} | 422
            /attention | {"input":[]} | 422
            /activations | {"input":[1,2],"hooks":["logits"],"positions":[7]} | 422
            /activations/top | {"input":[1],"layer":0,"k":0} | 422
            /interventions | {"input":[1],"interventions":[{"hook":"q","layer":0,"action":{"type":"patch","source":[1,2]}}]} | 422
            /attention | {"input":[1],"model":"none"} | 404
            """)
    void whatIsImpossibleIsRefusedAsItAlwaysIs(String path, String body, int status) {
        Api.Reply dry = api.post(path, with(body, "\"dry_run\":true"));
        Api.Reply run = api.post(path, body);
        assertThat(dry.status()).as(dry.text()).isEqualTo(status);
        assertThat(dry.json().get("detail")).isEqualTo(run.json().get("detail"));
        assertThat(dry.json().get("errors")).isEqualTo(run.json().get("errors"));
    }

    @Test
    void tokenizingIsNoAnalysis() {
        assertThat(api.post("/tokenize", "{\"input\":\"Mary\",\"dry_run\":true}")
                        .status())
                .isEqualTo(422);
    }

    @Test
    void everyEndpointOfTheGroupOfAnalysesCanBeDryRun() {
        JsonObject document = api.get("/v3/api-docs").json();
        JsonObject paths = document.getAsJsonObject("paths");
        Set<String> analyses =
                Endpoints.analyses(api).stream().map(Endpoints.Example::path).collect(Collectors.toSet());
        for (String path : paths.keySet()) {
            JsonObject post = paths.getAsJsonObject(path).getAsJsonObject("post");
            boolean listed = post != null && post.get("tags").toString().equals("[\"Analyses\"]");
            assertThat(analyses.contains(path)).as(path).isEqualTo(listed);
            if (listed) {
                assertThat(reply(document, post).get("then").toString())
                        .as(path)
                        .isEqualTo("{\"$ref\":\"#/components/schemas/Estimate\"}");
            }
        }
        assertThat(analyses).hasSizeGreaterThanOrEqualTo(11);
    }

    /** The schema of what an operation answers. */
    private static JsonObject reply(JsonObject document, JsonObject operation) {
        String reference = operation
                .getAsJsonObject("responses")
                .getAsJsonObject("200")
                .getAsJsonObject("content")
                .getAsJsonObject("application/json")
                .getAsJsonObject("schema")
                .get("$ref")
                .getAsString();
        return document.getAsJsonObject("components")
                .getAsJsonObject("schemas")
                .getAsJsonObject(reference.replaceAll(".*/", ""));
    }
}
