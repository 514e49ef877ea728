package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Good requests with one or two spots replaced by rubbish: nothing a client sends yields a 500. */
@RunningService
class HostileRequestsTest {
    private static final int TRIES = 900;
    /** Good requests beside the examples: with every field and every action. */
    private static final List<Seed> GOOD = List.of(
            new Seed(
                    "/attention",
                    "{'model':'gpt2','input':[[1,2,3],[4,5]],'layers':[0],'heads':[1],'average_heads':false,'kind':'scores'}"),
            new Seed(
                    "/activations",
                    "{'input':'Mary and John','hooks':['blocks.*.hook_resid_post','logits'],'positions':[0,-1],'encoding':'base64'}"),
            new Seed("/activations/top", "{'input':'Mary and John','layer':1,'hook':'mlp_post','k':3,'reduce':'max'}"),
            new Seed(
                    "/heads",
                    "{'model':'gpt2','input':[1,2,3,4],'scores':['entropy','name_mover','induction'],'sequence_length':3,'sequences':2,'seed':1,"
                            + "'top_k':2,'answer':3,'foil':4,'encoding':'base64'}"),
            new Seed(
                    "/lens",
                    "{'model':'gpt2','input':[[1,2,3,4]],'hook':'resid_mid','layers':[0],'positions':[0,-1],'top_k':3,'normalise':false,"
                            + "'targets':[3,5],'return_logits':true,'lens':'logit',"
                            + "'interventions':[{'hook':'z','layer':0,'heads':[0],'action':{'type':'zero'}}]}"),
            new Seed("/tokenize", "{'input':['a','b'],'add_special_tokens':false}"),
            new Seed(
                    "/tokenize", "{'input':{'messages':[{'role':'user','content':'a'}],'add_generation_prompt':true}}"),
            new Seed("/models", "{'repo':'owner/name','revision':'main'}"),
            new Seed(
                    "/interventions",
                    "{'model':'gpt2','input':[[1,2,3,4]],'interventions':[{'hook':'z','layer':0,'heads':[0],'neurons':[1],'positions':[0,-1],"
                            + "'action':{'type':'patch','source':[4,3,2,1],'source_positions':[0,1]}},"
                            + "{'hook':'blocks.1.attn.hook_attn_scores','heads':[1],'keys':[0],'action':{'type':'mask'}},"
                            + "{'hook':'resid_post','layer':1,'neurons':[3],'action':{'type':'mean','reference':[[1,2],[3]]}},"
                            + "{'hook':'resid_mid','layer':0,'action':{'type':'freeze'}},"
                            + "{'hook':'v','layer':1,'action':{'type':'resample','seed':2,'reference':[[7,8],[9]]}},"
                            + "{'hook':'q','layer':1,'action':{'type':'project_out','vector':[1,0,2,0],'coefficient':1}},"
                            + "{'hook':'k','layer':1,'action':{'type':'clamp','min':-1,'max':1}},"
                            + "{'hook':'embed','action':{'type':'noise','std':0.1,'seed':3}}],"
                            + "'capture':['blocks.0.attn.hook_pattern'],'top_k':3,'position':-1,'answer':5,'foil':6}"));

    private static final List<String> RUBBISH = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1",
            "7",
            "2147483647",
            "2147483648",
            "9223372036854775808",
            "1.5",
            "1e308",
            "1e39",
            "''",
            "' '",
            "'x'",
            "'\\u0000'",
            "'\\ud800'",
            "[]",
            "[[]]",
            "{}",
            "[null]",
            "[1,1]",
            "[-1]",
            "['a']",
            "[[[1]]]",
            "{'type':'zero'}",
            "{'type':null}",
            "{'type':'scale','factor':-2}",
            "{'type':'add','vector':[1,2]}",
            "'blocks.*.hook_z'",
            "'logits'",
            "'pattern'",
            "'attn_scores'",
            "'k'");
    private static final List<String> ACCEPTED = List.of(
            "application/json",
            "application/json",
            "application/json",
            "image/png",
            "image/svg+xml",
            Format.SAFETENSORS_VALUE,
            Format.NPY_VALUE,
            Format.DOT_VALUE,
            "text/event-stream",
            "*/*",
            "text/html",
            "rubbish");

    private record Seed(String path, String body) {}

    @LocalServerPort
    int port;

    private final Random random = new Random(20261124);

    @Test
    void nothingYieldsA500() {
        Api api = new Api(port);
        Map<String, List<String>> seeds = seeds(api);
        List<String> paths = List.copyOf(seeds.keySet());
        Map<Integer, Set<String>> pathsByStatus = new TreeMap<>();
        for (int i = 0; i < TRIES; i++) {
            String path = pick(paths);
            byte[] bytes = hostile(pick(seeds.get(path)));
            Api.Reply reply = api.post(path, bytes, pick(ACCEPTED), "application/json");
            pathsByStatus
                    .computeIfAbsent(reply.status(), status -> new TreeSet<>())
                    .add(path);
            String what = path + " " + new String(bytes, StandardCharsets.UTF_8) + " -> " + reply.status() + " "
                    + reply.type();
            assertThat(reply.status()).as(what).isLessThan(500);
            if (reply.status() != 200) {
                assertThat(reply.type()).as(what).startsWith("application/problem+json");
                assertThat(reply.text()).as(what).doesNotContain("Exception").doesNotContain("java.");
            }
        }
        assertThat(pathsByStatus.get(400)).containsExactlyElementsOf(paths);
        assertThat(pathsByStatus.get(422)).containsExactlyElementsOf(paths);
        assertThat(pathsByStatus).containsKey(200);
    }

    /** Good requests by path: the examples of every endpoint in the OpenAPI document, and more. */
    private static Map<String, List<String>> seeds(Api api) {
        Map<String, List<String>> seeds = new TreeMap<>();
        Endpoints.examples(api)
                .forEach(e -> seeds.computeIfAbsent(e.path(), path -> new ArrayList<>())
                        .add(e.body()));
        GOOD.forEach(
                seed -> Objects.requireNonNull(seeds.get(seed.path), seed.path).add(seed.body.replace('\'', '"')));
        return seeds;
    }

    private byte[] hostile(String good) {
        JsonElement body = JsonParser.parseString(good);
        for (int n = random.nextInt(2); n >= 0; n--) {
            body = spoil(body);
        }
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        return random.nextInt(10) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    /** Replaces one value somewhere below by rubbish. */
    private JsonElement spoil(JsonElement element) {
        if (random.nextInt(4) > 0
                && element.isJsonObject()
                && !element.getAsJsonObject().isEmpty()) {
            JsonObject object = element.getAsJsonObject();
            String key = pick(new ArrayList<>(object.keySet()));
            object.add(key, spoil(object.get(key)));
            return object;
        }
        if (random.nextInt(4) > 0
                && element.isJsonArray()
                && !element.getAsJsonArray().isEmpty()) {
            JsonArray array = element.getAsJsonArray();
            int at = random.nextInt(array.size());
            array.set(at, spoil(array.get(at)));
            return array;
        }
        return parse(pick(RUBBISH));
    }

    private static JsonElement parse(String json) {
        JsonElement parsed = JsonParser.parseString(json.replace('\'', '"'));
        return parsed == null ? JsonNull.INSTANCE : parsed;
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
