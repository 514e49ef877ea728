package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** What is impossible gets a problem document that names the field and its allowed range. */
@RunningService
class ProblemsTest {
    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    /** path, body, field, what the message says; gpt2 has 2 layers, 3 heads, d_model 12 and 43 tokens. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            /attention | {"model":"gpt2"} | input | required
            /attention | {"model":"gpt2","input":null} | input | required
            /attention | {"model":"gpt2","input":[]} | input | empty
            /attention | {"model":"gpt2","input":[[1],[]]} | input[1] | empty
            /attention | {"model":"gpt2","input":[-1]} | input[0] | 0..
            /attention | {"model":"gpt2","input":[[3],[100000]]} | input[1][0] | 0..
            /attention | {"model":"gpt2","input":"text"} | input | no tokenizer
            /attention | {"model":"gpt2","input":[1.5]} | input[0] | integers
            /attention | {"model":"gpt2","input":["a",1]} | input[1] | texts
            /attention | {"model":"gpt2","input":[1],"layers":[2]} | layers[0] | 0..1
            /attention | {"model":"gpt2","input":[1],"layers":[-1]} | layers[0] | 0..1
            /attention | {"model":"gpt2","input":[1],"layers":[]} | layers | empty
            /attention | {"model":"gpt2","input":[1],"layers":[1,1]} | layers[1] | twice
            /attention | {"model":"gpt2","input":[1],"layers":["0"]} | layers[0] | integer
            /attention | {"model":"gpt2","input":[1],"layers":[null]} | layers[0] | -
            /attention | {"model":"gpt2","input":[1],"layers":[99999999999]} | layers[0] | range
            /attention | {"model":"gpt2","input":[1],"heads":[3]} | heads[0] | 0..2
            /attention | {"model":"gpt2","input":[1],"kind":"nope"} | kind | value_weighted
            /attention | {"model":"gpt2","input":[1],"kind":0} | kind | value_weighted
            /attention | {"model":"gpt2","input":[1],"encoding":1} | encoding | base64
            /attention | {"input":"half \\ud83d a pair"} | input | surrogate
            /activations/top | {"model":"gpt2","input":[1],"layer":0,"reduce":2} | reduce | mean_abs
            /attention | {"model":"gpt2","input":[1],"average_heads":"yes"} | average_heads | true or false
            /attention | {"model":"gpt2","input":[1],"verify":"yes"} | verify | true or false
            /attention | {"model":"gpt2","input":[1],"verify":"true"} | verify | true or false
            /activations | {"model":"gpt2","input":[1],"hooks":["logits"],"verify":1} | verify | true or false
            /activations/top | {"model":"gpt2","input":[1],"layer":0,"verify":null} | verify | true or false
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"verify":[true]} | verify | true or false
            /tokenize | {"model":"gpt2","input":[1],"verify":true} | verify | not known
            /attention | {"model":"gpt2","input":[1],"frobnicate":1} | frobnicate | not known
            /attention | {"model":5,"input":[1]} | model | string
            /activations | {"model":"gpt2","input":[1]} | hooks | required
            /activations | {"model":"gpt2","input":[1],"hooks":[]} | hooks | empty
            /activations | {"model":"gpt2","input":[1],"hooks":["resid_post"]} | hooks[0] | blocks.L.hook_resid_post
            /activations | {"model":"encoder_post_relu","input":[1],"hooks":["hook_pos_embed"]} | hooks[0] | resid_post
            /activations | {"model":"gpt2","input":[1],"hooks":["blocks.2.hook_mlp_out"]} | hooks[0] | 0..1
            /activations | {"model":"gpt2","input":[1,2],"hooks":["logits"],"positions":[2]} | positions[0] | -2..1
            /activations | {"model":"gpt2","input":[1,2],"hooks":["logits"],"positions":[1,-1]} | positions[1] | twice
            /activations/top | {"model":"gpt2","input":[1]} | layer | required
            /activations/top | {"model":"gpt2","input":[1],"layer":0,"k":13} | k | 1..12
            /activations/top | {"model":"gpt2","input":[1],"layer":0,"hook":"pattern"} | hook | neurons
            /interventions | {"model":"gpt2","input":[1],"interventions":[]} | interventions | empty
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"layer":0,"action":{"type":"zero"}}]} | interventions[0].hook | required
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","action":{"type":"zero"}}]} | interventions[0].layer | required
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0}]} | interventions[0].action | required
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"scale"}}]} | interventions[0].action.factor | required
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero","factor":1}}]} | interventions[0].action.factor | not known
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"noise","std":-1}}]} | interventions[0].action.std | at least 0
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"boil"}}]} | interventions[0].action.type | one of zero
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"resid_post","layer":0,"heads":[0],"action":{"type":"zero"}}]} | interventions[0].heads | does not apply
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"mask"}}]} | interventions[0].action.type | attn_scores
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"clamp"}}]} | interventions[0].action.min | required where max is not given
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"clamp","min":2,"max":1}}]} | interventions[0].action.min | at most max, which is 1.0
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"clamp","max":"3"}}]} | interventions[0].action.max | finite number
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"clamp","min":0,"value":1}}]} | interventions[0].action.value | not known
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"freeze","seed":1}}]} | interventions[0].action.seed | not known
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"resample","seed":1.5}}]} | interventions[0].action.seed | integer
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"resample","reference":[]}}]} | interventions[0].action.reference | empty
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"project_out"}}]} | interventions[0].action.vector | required
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"project_out","vector":[0,0,0,0]}}]} | interventions[0].action.vector | no direction
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"project_out","vector":[1,0]}}]} | interventions[0].action.vector | must have 4
            /interventions | {"model":"gpt2","input":[1,2],"interventions":[{"hook":"z","layer":0,"action":{"type":"project_out","vector":[1,0,0,null]}}]} | interventions[0].action.vector[3] | finite number
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"resample"}}]} | interventions[0].action.type | only 1
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"foil":1} | answer | required
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"answer":1000} | answer | 0..
            /interventions | {"model":"micro","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"answer":" Mary and"} | answer | exactly 1
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"position":1} | position | -1..0
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"top_k":0} | top_k | 1..
            """)
    void namesTheFieldAndItsRange(String path, String body, String field, String says) {
        Api.Reply reply = api.post(path, body);
        assertProblem(reply, 422, "invalid-request");
        JsonObject error = reply.json().getAsJsonArray("errors").get(0).getAsJsonObject();
        assertThat(error.get("field").getAsString()).isEqualTo(field);
        assertThat(error.get("message").getAsString()).contains(says == null ? "" : says);
        assertThat(reply.json().get("detail").getAsString()).contains(field);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"input":[1]
            hello
            {'input':[1]}
            {"input":[NaN]}
            {"input":[1],"input":[2]}
            {"input":[1]} trailing
            null
            [1]
            """)
    void aBodyThatCannotBeReadIs400(String body) {
        assertProblem(api.post("/attention", body), 400, "unreadable-body");
    }

    @Test
    void mediaTypesAndMethodsAreChecked() {
        byte[] body = "{\"input\":[1]}".getBytes(StandardCharsets.UTF_8);
        assertProblem(api.post("/attention", body, "application/json", "text/plain"), 415, "unsupported-media-type");
        assertProblem(api.post("/attention", body, "application/pdf", "application/json"), 406, "not-acceptable");
        assertProblem(
                api.post("/activations/top", "{\"input\":[1],\"layer\":0}", Format.NPY_VALUE), 406, "not-acceptable");
        assertProblem(api.post("/attention", "{\"input\":[[1],[2]]}", Format.NPY_VALUE), 406, "not-acceptable");
        assertProblem(
                api.post("/attention", body, "application/json", "multipart/form-data"), 415, "unsupported-media-type");
        assertProblem(api.post("/attention", "{\"input\":[1]}", "application/json;q=0"), 406, "not-acceptable");
        assertProblem(api.get("/attention"), 405, "method-not-allowed");
        assertProblem(api.get("/nowhere"), 404, "not-found");
        assertProblem(api.post("/", "{}", "text/html"), 405, "method-not-allowed");
        assertProblem(api.get("/", "application/json"), 406, "not-acceptable");
        assertProblem(api.get("/error"), 404, "not-found");
        HttpRequest gzip = HttpRequest.newBuilder(api.uri("/attention"))
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        assertProblem(api.send(gzip), 415, "unsupported-media-type");
    }

    @Test
    void anUnknownModelIs404AndNamesThoseThereAre() {
        Api.Reply reply = api.post("/attention", "{\"model\":\"../gpt2\",\"input\":[1]}");
        assertProblem(reply, 404, "unknown-model");
        assertThat(reply.json().get("detail").getAsString()).contains("micro", "encoder_post_relu");
    }

    @Test
    void whereTheHubIsOffNoModelIsBrought() {
        Api.Reply reply = api.post("/models", "{\"repo\":\"openai-community/gpt2\"}");
        assertProblem(reply, 403, "hub-off");
        assertThat(reply.json().get("detail").getAsString()).contains("headlight.hub.enabled");
        assertProblem(api.get("/models/openai-community--gpt2"), 404, "unknown-model");
        assertProblem(api.get("/models/micro/download"), 405, "method-not-allowed");
    }

    @Test
    void aPictureShowsOneInput() {
        Api.Reply reply = api.post("/attention", "{\"input\":[[1],[2]]}", "image/png");
        assertProblem(reply, 422, "invalid-request");
    }

    @Test
    void theErrorRepeatsTheIdOfTheRequest() {
        HttpRequest request = HttpRequest.newBuilder(api.uri("/attention"))
                .header("Content-Type", "application/json")
                .header("X-Request-Id", "my-id-1")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        Api.Reply reply = api.send(request);
        assertThat(reply.header("X-Request-Id")).isEqualTo("my-id-1");
        assertThat(reply.json().get("request_id").getAsString()).isEqualTo("my-id-1");
    }

    private static void assertProblem(Api.Reply reply, int status, String type) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.type()).startsWith("application/problem+json");
        JsonObject problem = reply.json();
        assertThat(problem.get("type").getAsString()).isEqualTo("/problems/" + type);
        assertThat(problem.get("status").getAsInt()).isEqualTo(status);
        assertThat(problem.get("title").getAsString()).isNotEmpty();
        assertThat(problem.get("detail").getAsString()).isNotEmpty().doesNotContain("Exception", "java.");
        assertThat(problem.get("request_id").getAsString()).isEqualTo(reply.header("X-Request-Id"));
    }
}
