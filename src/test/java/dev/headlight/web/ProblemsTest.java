package dev.headlight.web;

import static dev.headlight.web.Problems.assertInvalid;
import static dev.headlight.web.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

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
            /attention | {"model":"gpt2","input":[1],"layers":["0"]} | layers[0] | integer
            /attention | {"model":"gpt2","input":[1],"layers":[null]} | layers[0] | -
            /attention | {"model":"gpt2","input":[1],"layers":[99999999999]} | layers[0] | range
            /attention | {"model":"gpt2","input":[1],"encoding":1} | encoding | base64
            /attention | {"input":"half \\ud83d a pair"} | input | surrogate
            /attention | {"model":"gpt2","input":[1],"verify":"yes"} | verify | true or false
            /attention | {"model":"gpt2","input":[1],"verify":"true"} | verify | true or false
            /activations | {"model":"gpt2","input":[1],"hooks":["logits"],"verify":1} | verify | true or false
            /activations/top | {"model":"gpt2","input":[1],"layer":0,"verify":0} | verify | true or false
            /patching | {"model":"gpt2","clean":[1],"corrupted":[2],"hook":"z","over":["layer","head"],"metric":{"type":"loss","":1}} | metric. | not known
            /interventions | {"model":"gpt2","input":[1],"interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"verify":[true]} | verify | true or false
            /attention | {"model":"gpt2","input":[1],"frobnicate":1} | frobnicate | not known
            /attention | {"model":5,"input":[1]} | model | string
            """)
    void namesTheFieldAndItsRange(String path, String body, String field, String says) {
        assertInvalid(api.post(path, body), field, says);
    }

    @Test
    void aFieldWithAnEmptyNameIsNotKnown() {
        assertInvalid(api.post("/attention", "{\"model\":\"gpt2\",\"input\":[1],\"\":null}"), "", "not known");
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
}
