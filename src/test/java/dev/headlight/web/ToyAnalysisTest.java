package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.interp.toy.StreamNorms;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * An analysis is two files: {@link StreamNorms} and {@code StreamNormsController}, which nothing else names. That they are on the
 * class path is enough for the service, its document, and the tests of every endpoint: {@link HostileRequestsTest},
 * {@link NativeMemoryTest}, {@link DryRunTest} and {@link ExampleCostTest}.
 */
@RunningService
class ToyAnalysisTest {
    private static final String PATH = "/toy/norms";

    @LocalServerPort
    int port;

    private Api api;
    private JsonObject document;

    @BeforeEach
    void read() {
        api = new Api(port);
        document = api.get("/v3/api-docs").json();
    }

    private Api.Reply post(String path, String body) {
        return api.post(path, body.replace('\'', '"'));
    }

    private JsonObject operation(String path) {
        return document.getAsJsonObject("paths").getAsJsonObject(path).getAsJsonObject("post");
    }

    private JsonObject schema(String name) {
        return document.getAsJsonObject("components").getAsJsonObject("schemas").getAsJsonObject(name);
    }

    @Test
    void itIsServedInEveryForm() {
        JsonArray norms = post(PATH, "{'input':[[5,6,7],[8,9]]}")
                .result(1)
                .getAsJsonObject("norms")
                .getAsJsonArray("data");
        JsonArray stream = post("/activations", "{'input':[[5,6,7],[8,9]],'hooks':['blocks.3.hook_resid_post']}")
                .result(1)
                .getAsJsonObject("activations")
                .getAsJsonObject("blocks.3.hook_resid_post")
                .getAsJsonArray("data");
        double sum = 0;
        for (JsonElement value : stream.get(1).getAsJsonArray()) {
            sum += value.getAsDouble() * value.getAsDouble();
        }
        assertThat(norms.get(3).getAsJsonArray().get(1).getAsDouble()).isCloseTo(Math.sqrt(sum), within(1e-4));
        for (Format format : List.of(Format.SAFETENSORS, Format.NPY, Format.PNG, Format.SVG)) {
            Api.Reply reply = api.post(
                    PATH,
                    "{'input':[5,6]}".replace('\'', '"'),
                    format.mediaType().toString());
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            assertThat(reply.type()).startsWith(format.mediaType().toString());
        }
    }

    @Test
    void itIsDocumentedWithItsExamplesAndEveryStatus() {
        JsonObject toy = operation(PATH);
        JsonObject attention = operation("/attention");
        assertThat(toy.get("summary").getAsString()).isEqualTo("Length of the residual stream");
        assertThat(toy.get("description").getAsString()).startsWith("L2 norm of the residual stream");
        assertThat(toy.get("tags")).isEqualTo(attention.get("tags"));
        JsonObject body =
                toy.getAsJsonObject("requestBody").getAsJsonObject("content").getAsJsonObject("application/json");
        assertThat(body.getAsJsonObject("examples").keySet())
                .containsExactlyInAnyOrder("a text", "two texts, in base64");
        assertThat(body.getAsJsonObject("examples").toString())
                .contains("\"value\":{\"input\":\"When Mary and John went to the store\"}");
        JsonObject responses = toy.getAsJsonObject("responses");
        JsonObject others = attention.getAsJsonObject("responses");
        answer(others).remove("examples"); // the toy has no stored answer
        assertThat(responses.remove("200").toString())
                .isEqualTo(others.remove("200").toString().replace("AttentionPatternsAnswer", "StreamNormsAnswer"));
        assertThat(responses).isEqualTo(others);
        assertThat(responses.keySet())
                .containsExactlyInAnyOrder(
                        "400", "401", "403", "404", "405", "406", "408", "413", "415", "421", "422", "429", "431",
                        "500", "503", "504");
    }

    private static JsonObject answer(JsonObject responses) {
        return responses.getAsJsonObject("200").getAsJsonObject("content").getAsJsonObject("application/json");
    }

    @Test
    void itsFieldsAreDescribedAsEverywhere() {
        JsonObject toy = schema("StreamNormsRequest").getAsJsonObject("properties");
        JsonObject attention = schema("AttentionRequest").getAsJsonObject("properties");
        for (String field : toy.keySet()) {
            assertThat(toy.get(field)).as(field).isEqualTo(attention.get(field));
        }
        assertThat(toy.getAsJsonObject("dry_run").get("description").getAsString())
                .isNotEmpty();
        assertThat(schema("StreamNormsAnswer").getAsJsonObject("properties").keySet())
                .containsExactlyInAnyOrder(
                        "model",
                        "results",
                        "provenance",
                        "warnings",
                        "rendered",
                        "verification",
                        "comparison",
                        "bytes",
                        "flops",
                        "response_bytes",
                        "fits");
        assertThat(schema("StreamNormsAnswer").getAsJsonArray("required")).hasSize(2);
        assertThat(schema("StreamNormsAnswer").getAsJsonObject("else").getAsJsonArray("required"))
                .hasSize(4);
        assertThat(schema("StreamNormsResult").getAsJsonArray("required")).hasSize(3);
    }

    @Test
    void itIsDryRunVerifiedAndCompared() {
        JsonObject cost = post(PATH, "{'input':[5,6],'dry_run':true}").json();
        assertThat(cost.get("fits").getAsBoolean()).isTrue();
        JsonObject answer =
                post(PATH, "{'input':[5,6],'verify':true,'compare_to':'micro'}").json();
        assertThat(answer.getAsJsonObject("verification").keySet()).hasSize(5);
        assertThat(answer.getAsJsonObject("comparison")
                        .getAsJsonObject("difference")
                        .keySet())
                .containsExactly("0.norms");
    }

    /** Hostile, native-memory, dry-run and cost tests take their requests from there. */
    @Test
    void theTestsOfEveryEndpointFindIt() {
        assertThat(Endpoints.analyses(api))
                .extracting(Endpoints.Example::toString)
                .contains(PATH + " a text", PATH + " two texts, in base64");
    }
}
