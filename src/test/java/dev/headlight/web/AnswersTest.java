package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.Fixture;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** What answers say about themselves: the tokens and the position that were measured, remarks, the shape of a model. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"headlight.device=cpu", "headlight.hub.enabled=false"})
class AnswersTest {
    private static final String MARY = "When Mary and John went to the store , John gave a drink to";
    private static final String PAIR =
            "'clean':'" + MARY + "','corrupted':'When Mary and John went to the store , Mary gave a drink to',";
    private static final String METRIC = "'metric':{'type':'logit_difference','answer':'%s','foil':' John'}";
    private static final String WORDS = """
            {"added_tokens": [
               {"id": 2, "content": "[CLS]", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
               {"id": 3, "content": "[SEP]", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
               {"id": 4, "content": "[MASK]", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}],
             "pre_tokenizer": {"type": "WhitespaceSplit"},
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
               "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
               "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
             "model": {"type": "WordLevel", "unk_token": "[UNK]",
               "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "the": 5, "capital": 6, "is": 7, "paris": 8}}}""";

    @TempDir
    static Path folder;

    @LocalServerPort
    int port;

    private Api api;

    @DynamicPropertySource
    static void models(DynamicPropertyRegistry registry) throws IOException {
        for (String name : List.of("bert", "gpt2", "broken")) {
            Fixture.copy(name.equals("broken") ? "gpt2" : name, Files.createDirectory(folder.resolve(name)));
        }
        Files.writeString(folder.resolve("bert/tokenizer.json"), WORDS);
        Files.writeString(folder.resolve("broken/model.safetensors"), "version https://git-lfs.github.com/spec/v1\n");
        registry.add("headlight.models-dir", folder::toString);
    }

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private JsonObject ok(String path, String json) {
        Api.Reply reply = api.postJson(path, json);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private static JsonObject result(JsonObject answer) {
        return answer.getAsJsonArray("results").get(0).getAsJsonObject();
    }

    private static List<String> warnings(JsonObject answer) {
        return answer.getAsJsonArray("warnings").asList().stream()
                .map(JsonElement::getAsString)
                .toList();
    }

    private static JsonElement json(String text) {
        return JsonParser.parseString(text);
    }

    private static String measured(int answer, String token) {
        return String.format(
                Locale.ROOT,
                "{'position':14,'answer':{'token_id':%d,'token':'%s'},'foil':{'token_id':1056,'token':' John'}}",
                answer,
                token);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/interventions|'input':'" + MARY
                        + "','interventions':[{'hook':'z','layer':3,'heads':[0],'action':{'type':'zero'}}],'answer':'%s','foil':' John'",
                "/attribution|'input':'" + MARY + "'," + METRIC,
                "/attribution|'input':['" + MARY + "'],'positions':[-1]," + METRIC,
                "/heads|'input':'" + MARY + "','scores':['name_mover'],'answer':'%s','foil':' John'",
                "/patching|" + PAIR + "'hook':'resid_post','over':['layer','position'],'layers':[0]," + METRIC,
                "/patching|'input':'" + MARY
                        + "','ablation':'zero','hook':'resid_post','over':['layer','position'],'layers':[3]," + METRIC,
                "/attribution-patching|" + PAIR + "'hook':'z','over':['layer','head']," + METRIC,
                "/attribution-patching|" + PAIR + "'over':['sender','receiver']," + METRIC,
                "/circuits|" + PAIR + "'method':'eap','share':0.02," + METRIC
            })
    void theMeasuredTokensAndTheirPositionAreInEveryAnswer(String request) {
        String path = request.substring(0, request.indexOf('|'));
        String body = "{" + request.substring(path.length() + 1) + "}";
        JsonObject meant = ok(path, body.replace("%s", " Mary"));
        assertThat(measuredIn(meant)).isEqualTo(json(measured(1086, " Mary")));
        assertThat(warnings(meant)).isEmpty();
        if (path.equals("/heads")) {
            return; // a name mover's answer must be in the input, where "Mary" has its space
        }
        JsonObject other = ok(path, body.replace("%s", "Mary"));
        assertThat(measuredIn(other)).isEqualTo(json(measured(1453, "Mary")));
        assertThat(warnings(other))
                .containsExactly("The answer is the token 'Mary' (1453), without a space before it. At "
                        + "position 14 the model gives ' Mary' (1086) a higher logit, 17.62 instead of 7.592; name that token if it is "
                        + "the one you mean.");
    }

    private static JsonElement measuredIn(JsonObject answer) {
        return (answer.has("results") ? result(answer) : answer).get("measured");
    }

    @Test
    void whatIsNotAskedForIsNull() {
        String none = "{'position':%s,'answer':null,'foil':null}";
        JsonObject edited = ok(
                "/interventions",
                "{'input':'a b','position':1,'interventions':[{'hook':'z','layer':0,'action':{'type':'zero'}}]}");
        assertThat(measuredIn(edited)).isEqualTo(json(none.formatted(1)));
        String patch = "{'input':'" + MARY + "','ablation':'zero','hook':'resid_post','over':['layer','position'],";
        assertThat(measuredIn(ok("/patching", patch + "'metric':{'type':'loss'}}")))
                .isEqualTo(json(none.formatted("null")));
        assertThat(measuredIn(ok("/patching", patch + "'metric':{'type':'kl_divergence'}}")))
                .isEqualTo(json(none.formatted(14)));
        assertThat(measuredIn(ok("/heads", "{'scores':['induction']}")).isJsonNull())
                .isTrue();
        assertThat(measuredIn(ok("/lens", "{'input':'a'}"))).isEqualTo(json("{'targets':null}"));
        JsonObject two =
                ok("/attribution", "{'input':'a b','positions':[0,1],'metric':{'type':'logit','answer':' Mary'}}");
        assertThat(measuredIn(two))
                .isEqualTo(json("{'position':null,'answer':{'token_id':1086,'token':' Mary'},'foil':null}"));
    }

    @Test
    void theTargetsOfALensAreNamedToo() {
        JsonObject answer =
                ok("/lens", "{'input':'" + MARY + "','layers':[3],'positions':[-1],'targets':['Mary',1056]}");
        assertThat(measuredIn(answer))
                .isEqualTo(json("{'targets':[{'token_id':1453,'token':'Mary'},{'token_id':1056,'token':' John'}]}"));
        assertThat(warnings(answer)).hasSize(1).first().asString().startsWith("The target is the token 'Mary' (1453)");
    }

    @Test
    void whatWasMeasuredIsInSafetensorsAndInTheLastEvent() {
        String body = "{" + PAIR + "'hook':'resid_post','over':['layer','position'],'layers':[0],"
                + METRIC.replace("%s", " Mary") + "}";
        String wanted = measured(1086, " Mary").replace('\'', '"');
        assertThat(api.postJson("/patching", body, "text/event-stream").text()).contains("\"measured\":" + wanted);
        assertThat(api.postJson("/patching", body, "application/vnd.safetensors")
                        .text()
                        .replace("\\", ""))
                .contains("\"measured\":" + wanted);
    }

    private static final String EDIT = "'interventions':[{'hook':'z','layer':0,'heads':[0],'action':{'type':'zero'}}]";

    @Test
    void aMaskedModelIsMeasuredAtItsOnlyMaskToken() {
        String request = "{'model':'bert','input':['the capital is [MASK]','[MASK] is the capital'],";
        JsonArray edited =
                ok("/interventions", request + EDIT + ",'answer':'paris'}").getAsJsonArray("results");
        JsonArray there = ok(
                        "/interventions",
                        request.replace(",'[MASK] is the capital'", "") + EDIT + ",'answer':'paris','position':4}")
                .getAsJsonArray("results");
        assertThat(edited.get(0)).isEqualTo(there.get(0));
        assertThat(edited.get(0)
                        .getAsJsonObject()
                        .getAsJsonObject("measured")
                        .get("position")
                        .getAsInt())
                .isEqualTo(4);
        assertThat(edited.get(1)
                        .getAsJsonObject()
                        .getAsJsonObject("measured")
                        .get("position")
                        .getAsInt())
                .isEqualTo(1);
        JsonObject swept = ok(
                "/patching",
                "{'model':'bert','input':'the capital is [MASK]','ablation':'zero','hook':'z',"
                        + "'over':['layer','head'],'metric':{'type':'logit','answer':'paris'}}");
        assertThat(swept.getAsJsonObject("measured").get("position").getAsInt()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"the capital is paris", "[MASK] is [MASK]"})
    void aMaskedModelWithoutAnOnlyMaskTokenAsksForThePosition(String text) {
        String input = "{'model':'bert','input':'" + text + "',";
        Api.Reply edited = api.postJson("/interventions", input + EDIT + "}");
        Api.Reply swept = api.postJson(
                "/patching",
                input
                        + "'ablation':'zero','hook':'z','over':['layer','head'],'metric':{'type':'logit','answer':'paris'}}");
        String detail =
                "is required: model bert is not causal, and by default the position is that of the only mask token, "
                        + "of which the input has " + (text.contains("MASK") ? 2 : 0);
        assertThat(edited.status()).isEqualTo(422);
        assertThat(edited.json().get("detail").getAsString()).isEqualTo("position: " + detail);
        assertThat(swept.status()).isEqualTo(422);
        assertThat(swept.json().get("detail").getAsString()).isEqualTo("metric.position: " + detail);
        assertThat(ok("/interventions", input + EDIT + ",'position':-1}").has("results"))
                .isTrue();
    }

    @Test
    void aSpecialTokenThatATextHoldsAndGetsAgainIsARemark() {
        String said =
                "input begins with <|endoftext|> twice: the text holds it, and the tokenizer adds another. Leave it out "
                        + "of the text, or set add_special_tokens to false.";
        assertThat(warnings(ok("/attention", "{'input':'<|endoftext|>The capital'}")))
                .containsExactly(said);
        assertThat(warnings(ok("/tokenize", "{'input':'<|endoftext|>The capital'}")))
                .containsExactly(said);
        assertThat(warnings(ok("/attention", "{'input':'<|endoftext|>The capital','add_special_tokens':false}")))
                .isEmpty();
        assertThat(warnings(ok("/tokenize", "{'model':'bert','input':['the','[CLS] the [SEP]']}")))
                .hasSize(2)
                .anySatisfy(w -> assertThat(w).startsWith("input[1] begins with [CLS] twice: "))
                .anySatisfy(w -> assertThat(w).startsWith("input[1] ends with [SEP] twice: "));
        assertThat(warnings(ok(
                        "/interventions",
                        "{'input':'The capital','interventions':[{'hook':'z','layer':0,'action':{'type':'patch','source':"
                                + "'<|endoftext|>The'},'positions':[0]}]}")))
                .anySatisfy(w ->
                        assertThat(w).startsWith("interventions[0].action.source begins with <|endoftext|> twice"));
    }

    @Test
    void aQueryWhoseKeysAreAllMaskedIsARemarkAndItsPatternIsZero() {
        String mask =
                "{'input':'The capital of France is','interventions':[{'hook':'attn_scores','layer':0,'positions':[2],"
                        + "%s'action':{'type':'mask'}}],'capture':['blocks.0.attn.hook_pattern']}";
        JsonObject whole = ok("/interventions", mask.formatted(""));
        assertThat(warnings(whole))
                .containsExactly(
                        "interventions[0] masks every key of a query: at blocks.0.attn.hook_attn_scores that query "
                                + "attends to nothing, and its pattern is 0 everywhere instead of summing to 1");
        assertThat(result(whole)
                        .getAsJsonObject("captured")
                        .getAsJsonObject("blocks.0.attn.hook_pattern")
                        .getAsJsonObject("modified")
                        .getAsJsonArray("data")
                        .get(0)
                        .getAsJsonArray()
                        .get(2)
                        .toString()
                        .replaceAll("[^1-9]", ""))
                .isEmpty();
        assertThat(warnings(ok("/interventions", mask.formatted("'keys':[0],"))))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'hook':'blocks.*.hook_resid_post'",
                "'hook':'resid_post','layers':[0,1,2,3]",
                "'hook':'blocks.*.hook_resid_post','layers':[3,2,1,0]"
            })
    void anInterventionOnEveryLayerIsThatOnEachOfThem(String hook) {
        String noise = ",'positions':[-1],'action':{'type':'noise','std':0.5,'seed':7}}";
        StringBuilder each = new StringBuilder();
        for (int layer = 0; layer < 4; layer++) {
            each.append(layer == 0 ? "" : ",")
                    .append("{'hook':'resid_post','layer':")
                    .append(layer)
                    .append(noise);
        }
        String request =
                "{'input':'The capital of France is','capture':['resid_post'],'answer':' Paris','interventions':[%s]}";
        JsonObject all = ok("/interventions", request.formatted("{" + hook + noise));
        JsonObject single = ok("/interventions", request.formatted(each));
        assertThat(result(all)).isEqualTo(result(single));
        assertThat(result(all).getAsJsonObject("captured").keySet()).hasSize(4);
        assertThat(all.get("seeds")).isEqualTo(json("[7]"));
        assertThat(single.get("seeds")).isEqualTo(json("[7,7,7,7]"));
    }

    @Test
    void anInterventionOnEveryLayerThatChangesNothingIsOneRemark() {
        assertThat(
                        warnings(
                                ok(
                                        "/interventions",
                                        "{'input':'The','interventions':[{'hook':'blocks.*.hook_resid_post','action':{'type':'scale','factor':1}}]}")))
                .hasSize(1)
                .first()
                .asString()
                .startsWith(
                        "interventions[0] changed nothing: at blocks.0.hook_resid_post, blocks.1.hook_resid_post, ");
    }

    @Test
    void everyEndpointTakesEveryFormOfAHookName() {
        String sweep =
                "{'input':'The capital of France is','ablation':'zero','over':['layer','position'],'metric':{'type':"
                        + "'logit','answer':' Paris'},'hook':%s}";
        for (String path : List.of("/patching", "/attribution-patching")) {
            JsonElement all = ok(path, sweep.formatted("'resid_post'")).get("grid");
            assertThat(ok(path, sweep.formatted("'blocks.*.hook_resid_post'")).get("grid"))
                    .isEqualTo(all);
            assertThat(ok(path, sweep.formatted("'blocks.2.hook_resid_post'")).get("grid"))
                    .isEqualTo(ok(path, sweep.formatted("'resid_post','layers':[2]"))
                            .get("grid"));
        }
        String lens = "{'input':'The','hook':%s}";
        assertThat(ok("/lens", lens.formatted("'blocks.*.hook_mlp_out'")).get("results"))
                .isEqualTo(ok("/lens", lens.formatted("'mlp_out'")).get("results"));
        String read = "{'input':'The','hooks':[%s]}";
        assertThat(ok("/activations", read.formatted("'z'")).get("results"))
                .isEqualTo(ok("/activations", read.formatted("'blocks.*.attn.hook_z'"))
                        .get("results"));
        assertThat(result(ok("/activations", read.formatted("'*'")))
                        .getAsJsonObject("activations")
                        .keySet())
                .contains("hook_embed", "blocks.0.attn.hook_q", "blocks.3.hook_resid_post", "logits");
        assertThat(ok("/activations/top", "{'input':'The','hook':'blocks.*.hook_resid_post','layer':1}")
                        .get("top"))
                .isEqualTo(ok("/activations/top", "{'input':'The','hook':'resid_post','layer':1}")
                        .get("top"));
        String paths =
                "{'input':'" + MARY + "','ablation':'mean','hook':'z','over':['layer','head'],'layers':[0],'metric':{"
                        + "'type':'logit','answer':' Mary'},'receivers':[%s]}";
        assertThat(ok("/patching", paths.formatted("{'hook':'blocks.*.attn.hook_q','layers':[2,3]}"))
                        .get("grid"))
                .isEqualTo(ok("/patching", paths.formatted("{'hook':'q','layer':2},{'hook':'blocks.3.attn.hook_q'}"))
                        .get("grid"));
    }

    @Test
    void aModelHasOneShapeInEveryState() {
        JsonObject available = api.get("/models/gpt2").json();
        JsonObject refused = api.get("/models/broken").json();
        Api.Reply used = api.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/models/broken/load"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
        assertThat(used.status()).isEqualTo(422);
        JsonObject after = api.get("/models/broken").json();
        after.add("files", refused.get("files")); // their hashes may have been computed since
        assertThat(after).isEqualTo(refused);
        ok("/attention", "{'input':[1,2],'model':'gpt2'}");
        JsonObject loaded = api.get("/models/gpt2").json();
        assertThat(loaded.keySet()).isEqualTo(available.keySet()).isEqualTo(refused.keySet());
        assertThat(List.of(available, refused, loaded))
                .extracting(m -> m.get("state").getAsString())
                .containsExactly("available", "refused", "loaded");
        assertThat(refused.get("reason").getAsString()).contains("Git LFS pointer");
        assertThat(api.get("/models").json().getAsJsonArray("unsupported"))
                .isEqualTo(json(
                        "[{'id':'broken','reason':\"" + refused.get("reason").getAsString() + "\"}]"));
    }
}
