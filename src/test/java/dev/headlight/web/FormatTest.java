package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** One answer in all its formats. */
@RunningService
class FormatTest {
    private static final String TWO = "{\"model\":\"gpt2\",\"input\":[[3,4,5,6],[7,8]]}";
    private static final String ONE = "{\"model\":\"gpt2\",\"input\":[7,8]}";

    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @Test
    void base64SafetensorsAndNpyCarryTheBitsOfNestedJson() {
        List<Float> nested = flat(tensor(api.post("/attention", TWO), 1).get("data"));
        String base64 = tensor(api.post("/attention", TWO.replace("}", ",\"encoding\":\"base64\"}")), 1)
                .get("data")
                .getAsString();
        assertThat(floats(Base64.getDecoder().decode(base64), 0)).isEqualTo(nested);

        byte[] safetensors =
                api.post("/attention", TWO, Format.SAFETENSORS_VALUE).bytes();
        int header = (int)
                ByteBuffer.wrap(safetensors).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonObject entries = JsonParser.parseString(new String(safetensors, 8, header, StandardCharsets.UTF_8))
                .getAsJsonObject();
        int from = entries.getAsJsonObject("1.attention")
                .getAsJsonArray("data_offsets")
                .get(0)
                .getAsInt();
        assertThat(floats(safetensors, 8 + header + from)).isEqualTo(nested);
        JsonObject rest = JsonParser.parseString(
                        entries.getAsJsonObject("__metadata__").get("response").getAsString())
                .getAsJsonObject();
        assertThat(rest.get("model").getAsString()).isEqualTo("gpt2");
        assertThat(rest.getAsJsonArray("results")).hasSize(2);

        byte[] npy = api.post("/attention", ONE, Format.NPY_VALUE).bytes();
        int start =
                10 + ByteBuffer.wrap(npy, 8, 2).order(ByteOrder.LITTLE_ENDIAN).getShort();
        assertThat(floats(npy, start))
                .isEqualTo(flat(tensor(api.post("/attention", ONE), 0).get("data")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /attention | {"input":"Mary and John"}
            /attention | {"input":"Mary and John","layers":[1],"heads":[2],"kind":"value_weighted"}
            /activations | {"input":"Mary and John","hooks":["blocks.*.hook_resid_post"]}
            /activations | {"input":"Mary and John","hooks":["blocks.0.attn.hook_z","blocks.0.attn.hook_pattern"],"positions":[-1]}
            /activations/top | {"input":"Mary and John","layer":0}
            /attribution | {"input":"Mary and John","metric":{"type":"logit","answer":5},"interventions":[{"hook":"attn_out","layer":0,"action":{"type":"zero"}}]}
            /heads/circuits | {"input":"Mary and John","layer":3,"head":0,"circuit":"ov"}
            /interventions | {"input":"Mary and John","interventions":[{"hook":"z","layer":0,"action":{"type":"zero"}}],"capture":["blocks.1.hook_resid_post"]}
            """)
    void everyAnalysisHasItsPictures(String path, String body) {
        Api.Reply png = api.post(path, body, "image/png");
        assertThat(png.status()).as(png.text()).isEqualTo(200);
        assertThat(png.type()).isEqualTo("image/png");
        assertThat(png.bytes()).startsWith(0x89, 'P', 'N', 'G');
        Api.Reply svg = api.post(path, body, "image/svg+xml");
        assertThat(svg.type()).startsWith("image/svg+xml");
        assertThat(svg.text()).contains("<svg", "micro");
    }

    /** Found in the OpenAPI document, and so of every analysis that there is. */
    @TestFactory
    Stream<DynamicTest> everyEndpointWithPicturesDrawsAnExample() {
        Map<String, List<Endpoints.Example>> byPath = Endpoints.analyses(api).stream()
                .filter(example -> example.mediaTypes().contains("image/png"))
                .collect(Collectors.groupingBy(Endpoints.Example::path));
        return byPath.entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
                    int drawn = 0;
                    for (Endpoints.Example example : e.getValue()) {
                        drawn += drawn(example) ? 1 : 0;
                    }
                    assertThat(drawn).isPositive();
                }));
    }

    /** Whether the example fits a picture, which shows one input. */
    private boolean drawn(Endpoints.Example example) {
        Api.Reply png = api.post(example.path(), example.body(), "image/png");
        Api.Reply svg = api.post(example.path(), example.body(), "image/svg+xml");
        assertThat(png.status()).as(png.text()).isEqualTo(svg.status()).isIn(200, 406, 422);
        if (png.status() != 200) {
            return false;
        }
        assertThat(png.bytes()).startsWith(0x89, 'P', 'N', 'G');
        assertThat(svg.text()).contains("<svg", "micro");
        return true;
    }

    @Test
    void theMostPreferredFormatWins() {
        assertThat(api.post("/attention", ONE, "application/json;q=0.5, image/png")
                        .type())
                .isEqualTo("image/png");
        assertThat(api.post("/attention", ONE, "*/*").type()).startsWith("application/json");
        assertThat(api.post("/attention", ONE, "image/*").type()).isEqualTo("image/png");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"Mary\"", "[\"Mary\"]", "[0,5]", "[[0,5],[7]]"})
    void anInputHasFourForms(String input) {
        Api.Reply reply = api.post("/attention", "{\"input\":" + input + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.result(0).getAsJsonArray("token_ids").get(0).getAsInt())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "/attention | 'layers':[0]",
                "/activations | 'hooks':['hook_embed']",
                "/activations/top | 'layer':0",
                "/attribution | 'metric':{'type':'logit','answer':5}",
                "/heads/circuits | 'layer':0,'head':0,'circuit':'qk'",
                "/interventions | 'interventions':[{'hook':'z','layer':0,'action':{'type':'zero'}}]",
                "/tokenize | 'model':'micro'"
            })
    void everyAnswerReportsTheSpecialTokensThatWereAdded(String path, String more) {
        String body = "{\"input\":\"Mary\"," + more.replace('\'', '"');
        for (boolean added : new boolean[] {true, false}) {
            JsonObject answer = api.post(path, body + ",\"add_special_tokens\":" + added + "}")
                    .json();
            assertThat(answer.getAsJsonObject("provenance")
                            .get("special_tokens")
                            .toString())
                    .isEqualTo(added ? "[\"<|endoftext|>\"]" : "[]");
        }
    }

    /** Found in the OpenAPI document, and so of every analysis that there is. */
    @TestFactory
    Stream<DynamicTest> everyExampleWithATextReportsTheSpecialTokensThatWereAdded() {
        return Endpoints.examples(api).stream()
                .filter(example -> example.json().has("clean")
                        || (example.json().has("input")
                                && example.json().get("input").isJsonPrimitive()))
                .map(example -> DynamicTest.dynamicTest(example.toString(), () -> {
                    for (boolean added : new boolean[] {true, false}) {
                        String body = example.with("add_special_tokens", new JsonPrimitive(added));
                        Api.Reply reply = api.post(example.path(), body);
                        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
                        assertThat(reply.json()
                                        .getAsJsonObject("provenance")
                                        .get("special_tokens")
                                        .toString())
                                .isEqualTo(added ? "[\"<|endoftext|>\"]" : "[]");
                    }
                }));
    }

    private static JsonObject tensor(Api.Reply reply, int input) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.result(input).getAsJsonObject("attention");
    }

    private static List<Float> flat(JsonElement data) {
        List<Float> values = new ArrayList<>();
        if (data.isJsonArray()) {
            data.getAsJsonArray().forEach(e -> values.addAll(flat(e)));
        } else {
            values.add((float) data.getAsDouble());
        }
        return values;
    }

    private static List<Float> floats(byte[] bytes, int from) {
        List<Float> values = new ArrayList<>();
        ByteBuffer buffer = ByteBuffer.wrap(bytes, from, bytes.length - from).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            values.add(buffer.getFloat());
        }
        return values;
    }
}
