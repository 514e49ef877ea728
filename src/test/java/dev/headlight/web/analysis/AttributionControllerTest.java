package dev.headlight.web.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.web.Api;
import dev.headlight.web.Format;
import dev.headlight.web.RunningService;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code POST /attribution}, its formats, and what it refuses. */
@RunningService
class AttributionControllerTest {
    private static final String NAME =
            "{'input':'When Mary and John went to the store , John gave a drink to','metric':{'type':'logit_difference','answer':' Mary','foil':' John'}";

    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private JsonObject ask(String path, String body) {
        Api.Reply reply = api.postJson(path, body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private JsonObject result(String body) {
        return ask("/attribution", body).getAsJsonArray("results").get(0).getAsJsonObject();
    }

    @Test
    void aLogitThatIsNotFiniteIsNullAndSaysSo() {
        String huge = ",'interventions':[{'hook':'resid_post','layer':1,'action':{'type':'scale','factor':3e38}}]}";
        JsonObject answer = ask("/attribution", NAME + huge);
        JsonObject result = answer.getAsJsonArray("results").get(0).getAsJsonObject();
        assertThat(result.get("logit").toString()).isEqualTo("[null]");
        assertThat(answer.get("warnings").toString()).contains("not finite");
    }

    /** The difference that /interventions answers of the same run, and what of it is summed here from the JSON. */
    @Test
    void theComponentsOfTheAnswerSumToTheLogitDifference() {
        JsonObject result = result(NAME + "}");
        assertThat(result.getAsJsonArray("positions").toString()).isEqualTo("[14]");
        double logit = result.getAsJsonArray("logit").get(0).getAsDouble();
        String zero = ",'interventions':[{'hook':'z','layer':3,'heads':[0],'action':{'type':'zero'}}]";
        JsonObject effect = ask(
                        "/interventions",
                        NAME.replaceFirst(",'metric'.*", "") + ",'answer':' Mary','foil':' John'" + zero + "}")
                .getAsJsonArray("results")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("effect")
                .getAsJsonObject("logit_difference");
        assertThat(logit).isCloseTo(effect.get("original").getAsDouble(), offset(1e-4));
        assertThat(result.getAsJsonArray("residual").get(0).getAsDouble()).isCloseTo(0, offset(1e-5));
        assertThat(result.get("soft_capped").isJsonNull()).isTrue();
        JsonObject components = result.getAsJsonObject("components");
        double sum = 0;
        for (String name : components.keySet()) {
            if (components.get(name).isJsonObject() && !name.equals("interventions")) {
                sum += sum(components.getAsJsonObject(name).get("data"));
            }
        }
        assertThat(sum).isCloseTo(logit, offset(1e-4));
        JsonArray top = result.getAsJsonArray("top");
        assertThat(top).hasSize(10);
        JsonObject first = top.get(0).getAsJsonObject();
        assertThat(first.get("component").getAsString()).isEqualTo("head");
        JsonElement heads = components.getAsJsonObject("heads").get("data");
        assertThat(heads.getAsJsonArray()
                        .get(first.get("layer").getAsInt())
                        .getAsJsonArray()
                        .get(first.get("head").getAsInt())
                        .getAsJsonArray()
                        .get(0)
                        .getAsFloat())
                .isEqualTo(first.get("value").getAsFloat());

        JsonObject ablated = result(NAME + zero + "}");
        assertThat(ablated.getAsJsonArray("logit").get(0).getAsDouble())
                .isCloseTo(effect.get("modified").getAsDouble(), offset(1e-4));
        assertThat(ablated.getAsJsonObject("components")
                        .getAsJsonObject("heads")
                        .get("data")
                        .getAsJsonArray()
                        .get(3)
                        .getAsJsonArray()
                        .get(0)
                        .getAsJsonArray()
                        .get(0)
                        .getAsDouble())
                .isZero();
    }

    private static double sum(JsonElement data) {
        return data.isJsonArray()
                ? data.getAsJsonArray().asList().stream()
                        .mapToDouble(AttributionControllerTest::sum)
                        .sum()
                : data.getAsDouble();
    }

    @Test
    void steeringTheStreamIsAComponentOfItsOwn() {
        JsonObject result = result(
                NAME
                        + ",'positions':[-1,3],'interventions':[{'hook':'resid_mid','layer':2,'action':{'type':'noise','std':1,'seed':3}}]}");
        JsonObject added = result.getAsJsonObject("components").getAsJsonObject("interventions");
        assertThat(added.keySet()).containsExactly("blocks.2.hook_resid_mid");
        assertThat(added.getAsJsonObject("blocks.2.hook_resid_mid").get("shape").toString())
                .isEqualTo("[2]");
        assertThat(sum(added.getAsJsonObject("blocks.2.hook_resid_mid").get("data")))
                .isNotZero();
        for (JsonElement residual : result.getAsJsonArray("residual")) {
            assertThat(residual.getAsDouble()).isCloseTo(0, offset(1e-5));
        }
    }

    @Test
    void safetensorsNameEveryTensorByItsField() {
        byte[] file = api.postJson(
                        "/attribution",
                        NAME
                                + ",'by_source':true,'neurons':true,'interventions':[{'hook':'mlp_out','layer':0,'action':{'type':'zero'}}]}",
                        Format.SAFETENSORS_VALUE)
                .bytes();
        int header = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonObject entries = JsonParser.parseString(new String(file, 8, header, StandardCharsets.UTF_8))
                .getAsJsonObject();
        assertThat(entries.keySet().stream().filter(n -> !n.startsWith("__")).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(
                        "0.token_embedding",
                        "0.position_embedding",
                        "0.token_type_embedding",
                        "0.embedding_bias",
                        "0.heads",
                        "0.attention_bias",
                        "0.mlps",
                        "0.norm_bias",
                        "0.output_bias",
                        "0.sources",
                        "0.neurons",
                        "0.mlp_bias",
                        "0.interventions.blocks.0.hook_mlp_out");
        assertThat(entries.getAsJsonObject("0.sources").get("shape").toString()).isEqualTo("[4,8,15]");
        assertThat(api.postJson("/attribution", NAME + "}", Format.NPY_VALUE).status())
                .isEqualTo(406);
    }

    /** The two have other embeddings: what one lacks is 0. */
    @Test
    void twoModelsAreCompared() {
        JsonObject comparison = ask(
                        "/attribution",
                        "{'model':'gpt_neo','compare_to':'gpt_neox','input':[5,6,7,8],'metric':{'type':'logit','answer':4}}")
                .getAsJsonObject("comparison");
        assertThat(comparison.get("model").getAsString()).isEqualTo("gpt_neox");
        assertThat(comparison.getAsJsonObject("difference").keySet()).contains("0.heads", "0.position_embedding");
        Api.Reply same = api.postJson(
                "/attribution",
                "{'model':'gpt2','compare_to':'gpt2','input':[5,6,7,8],'metric':{'type':'logit','answer':4}}",
                "image/svg+xml");
        assertThat(same.status()).as(same.text()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'metric':{'type':'log_probability','answer':5} | metric.type | must be logit or logit_difference",
                "'metric':{'type':'kl_divergence'} | metric.type | not linear",
                "'metric':{'type':'loss'} | metric.type | not linear",
                "'metric':{'type':'logit'} | metric.answer | is required",
                "'metric':{'type':'logit','answer':5,'position':9} | metric.position | -3..2",
                "'metric':{'type':'logit','answer':5,'position':0},'positions':[1] | positions | replaces metric.position",
                "'metric':{'type':'logit','answer':5},'positions':[1,-2] | positions[1] | repeated",
                "'metric':{'type':'logit','answer':5},'positions':[1,2],'by_source':true | positions | exactly 1",
                "'metric':{'type':'logit','answer':5},'top_k':0 | top_k | at least 1",
                "'metric':{'type':'logit','answer':5},'interventions':[{'hook':'logits','action':{'type':'zero'}}] | interventions[0].hook | comes after",
                "'metric':{'type':'logit','answer':5},'by_source':true,'interventions':[{'hook':'z','layer':0,'action':{'type':'zero'}}] | interventions[0].hook | source",
                "'top_k':3 | metric | is required",
                "'model':'bert','metric':{'type':'logit','answer':5} | model | non-linear layer",
                "'model':'mixtral','metric':{'type':'logit','answer':5},'neurons':true | neurons | experts"
            })
    void whatIsImpossibleIsRefusedWithTheReason(String body, String field, String reason) {
        Api.Reply reply = api.postJson("/attribution", "{'input':[1,2,3]," + body + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        JsonObject error = reply.json().getAsJsonArray("errors").get(0).getAsJsonObject();
        assertThat(error.get("field").getAsString()).isEqualTo(field);
        assertThat(error.get("message").getAsString()).contains(reason);
    }
}
