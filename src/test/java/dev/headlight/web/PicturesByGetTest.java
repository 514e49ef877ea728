package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Pictures by GET, validators of answers, and the version of the API. */
@RunningService
class PicturesByGetTest {
    private static final String QUERY = "?input=The%20capital%20of%20France%20is&layer=3&head=0";

    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/attention | input=The%20capital&layer=3&head=0 | {'input':'The capital','layers':[3],'heads':[0]}",
                "/attention | input=The%20capital&layer=3,1&kind=scores | {'input':'The capital','layers':[3,1],'kind':'scores'}",
                "/attention | input=17&model=micro | {'input':'17'}",
                "/lens | input=The%20capital&layer=0,3 | {'input':'The capital','layers':[0,3]}",
                "/activations/top | input=The%20capital&layer=2&k=3&reduce=max | {'input':'The capital','layer':2,'k':3,'reduce':'max'}"
            })
    void itIsThePictureOfThePost(String path, String query, String body) {
        Api.Reply svg = api.get(path + ".svg?" + query, "image/avif,image/webp,image/svg+xml,*/*;q=0.8");
        assertThat(svg.status()).as(svg.text()).isEqualTo(200);
        assertThat(svg.type()).isEqualTo("image/svg+xml");
        assertThat(svg.bytes())
                .isEqualTo(api.postJson(path, body, "image/svg+xml").bytes());
        Api.Reply png = api.get(path + ".png?" + query);
        assertThat(png.type()).isEqualTo("image/png");
        assertThat(png.bytes()).isEqualTo(api.postJson(path, body, "image/png").bytes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/attention.svg | layer=1 | input: is required",
                "/attention.svg | input=a&layer=9 | layer: 9 must be 0..3",
                "/attention.svg | input=a&layer=x | layer: must be integers",
                "/attention.svg | input=a&head=8 | head: 8 must be 0..7",
                "/attention.svg | input=a&a%1Ab=1 | a\u001ab: is not known; the known parameters are [head, input, kind, layer, model]",
                "/attention.svg | input=a&=1 | query: has a parameter without a name, or one that is not encoded in UTF-8",
                "/attention.svg | input=a&b=%FF | query: has a parameter without a name, or one that is not encoded in UTF-8",
                "/attention.svg | input=a&kind=x | kind: must be one of pattern, scores, value_weighted",
                "/attention.svg | input=a&layers=1 | layers: is not known; the known parameters are [head, input, kind, layer, model]",
                "/attention.svg | input=a&input=b | input: is given 2 times",
                "/activations/top.svg | input=a&k=x | k: must be an integer"
            })
    void aBadParameterIsNamed(String path, String query, String detail) {
        Api.Reply reply = api.get(path + "?" + query);
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        assertThat(reply.type()).isEqualTo("application/problem+json");
        assertThat(reply.json().get("detail").getAsString()).isEqualTo(detail);
    }

    @Test
    void anUnknownModelIsAProblem() {
        assertThat(api.get("/attention.svg?input=a&model=none").status()).isEqualTo(404);
    }

    private Api.Reply conditional(String path, String tag) {
        return api.send(HttpRequest.newBuilder(api.uri(path))
                .header("If-None-Match", tag)
                .build());
    }

    @Test
    void aKnownPictureIsNotDrawnAgain() {
        Api.Reply first = api.get("/attention.svg" + QUERY);
        String tag = first.header("ETag");
        assertThat(tag).startsWith("W/\"");
        assertThat(first.header("Cache-Control")).isEqualTo("no-cache, private");
        assertThat(first.header("Vary")).isEqualTo("Accept, Accept-Encoding");
        Api.Reply again = conditional("/attention.svg" + QUERY, "\"x\", " + tag);
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.bytes()).isEmpty();
        assertThat(again.header("ETag")).isEqualTo(tag);
        assertThat(conditional("/attention.png" + QUERY, tag).status()).isEqualTo(200);
        assertThat(conditional("/attention.svg" + QUERY.replace("layer=3", "layer=2"), tag)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void anAnswerThatIsAlwaysTheSameHasATag() {
        String body = "{'input':'The capital','layers':[3]}";
        String tag = api.postJson("/attention", body).header("ETag");
        assertThat(tag)
                .startsWith("W/\"")
                .isEqualTo(api.postJson("/attention", body).header("ETag"));
        assertThat(api.postJson("/attention", body, "image/png").header("ETag")).isNotEqualTo(tag);
        assertThat(api.postJson("/attention", body.replace("3", "2")).header("ETag"))
                .isNotEqualTo(tag);
    }

    @ParameterizedTest
    @CsvSource({"'', no-store", "',\"seed\":7', 'no-cache, private'"})
    void aSeedThatTheServiceChoseIsNotStored(String seed, String cacheControl) {
        String noise = "{\"input\":[5,6],\"interventions\":[{\"hook\":\"resid_post\",\"layer\":0,"
                + "\"action\":{\"type\":\"noise\",\"std\":0.1%s}}]}";
        Api.Reply reply = api.post("/interventions", noise.formatted(seed));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.header("Cache-Control")).isEqualTo(cacheControl);
        assertThat(reply.header("ETag").isEmpty()).isEqualTo(seed.isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"'', no-store", "',\"seed\":7', 'no-cache, private'"})
    void aResampleThatTheServiceChoseIsNotStored(String seed, String cacheControl) {
        String body = "{\"input\":\"The capital of France is\",\"ablation\":\"resample\",\"hook\":\"resid_post\","
                + "\"over\":[\"layer\",\"position\"],\"metric\":{\"type\":\"logit\",\"answer\":\" Paris\"}%s}";
        Api.Reply reply = api.post("/patching", body.formatted(seed));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.header("Cache-Control")).isEqualTo(cacheControl);
    }

    @Test
    void everyAnswerTellsTheVersionOfTheApi() {
        String version = api.get("/v3/api-docs")
                .json()
                .getAsJsonObject("info")
                .get("version")
                .getAsString();
        for (String path : new String[] {"/models", "/nothing", "/attention.svg?input=a", "/actuator/health"}) {
            assertThat(api.get(path).header("API-Version")).as(path).isEqualTo(version);
        }
    }
}
