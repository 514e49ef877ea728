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
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Good requests with one or two spots replaced by rubbish: nothing a client sends yields a 500. */
@Service
class HostileRequestsTest {
    private static final int TRIES = 600;
    private static final Map<String, String> GOOD = Map.of(
            "/attention",
                    "{'model':'gpt2','input':[[1,2,3],[4,5]],'layers':[0],'heads':[1],'average_heads':false,'kind':'scores'}",
            "/activations",
                    "{'input':'Mary and John','hooks':['blocks.*.hook_resid_post','logits'],'positions':[0,-1],'encoding':'base64'}",
            "/activations/top", "{'input':'Mary and John','layer':1,'hook':'mlp_post','k':3,'reduce':'max'}",
            "/heads",
                    "{'model':'gpt2','input':[1,2,3,4],'scores':['entropy','name_mover','induction'],'sequence_length':3,'sequences':2,'seed':1,"
                            + "'top_k':2,'answer':3,'foil':4,'encoding':'base64'}",
            "/lens",
                    "{'model':'gpt2','input':[[1,2,3,4]],'hook':'resid_mid','layers':[0],'positions':[0,-1],'top_k':3,'normalise':false,"
                            + "'targets':[3,5],'return_logits':true,'lens':'logit',"
                            + "'interventions':[{'hook':'z','layer':0,'heads':[0],'action':{'type':'zero'}}]}",
            "/tokenize", "{'input':['a','b'],'add_special_tokens':false}",
            "/tokenize?", "{'input':{'messages':[{'role':'user','content':'a'}],'add_generation_prompt':true}}",
            "/models", "{'repo':'owner/name','revision':'main'}",
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
                            + "'capture':['blocks.0.attn.hook_pattern'],'top_k':3,'position':-1,'answer':5,'foil':6}");
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
            "*/*",
            "text/html",
            "rubbish");

    @LocalServerPort
    int port;

    private final Random random = new Random(20261124);

    @Test
    void nothingYieldsA500() {
        Api api = new Api(port);
        int[] statuses = new int[600];
        for (int i = 0; i < TRIES; i++) {
            String path = pick(List.copyOf(new java.util.TreeSet<>(GOOD.keySet())));
            JsonElement body = parse(GOOD.get(path));
            for (int n = random.nextInt(2); n >= 0; n--) {
                body = spoil(body);
            }
            byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
            if (random.nextInt(10) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            Api.Reply reply = api.post(path, bytes, pick(ACCEPTED), "application/json");
            statuses[reply.status()]++;
            String what = path + " " + new String(bytes, StandardCharsets.UTF_8) + " -> " + reply.status() + " "
                    + reply.type();
            assertThat(reply.status()).as(what).isLessThan(500);
            if (reply.status() != 200) {
                assertThat(reply.type()).as(what).startsWith("application/problem+json");
                assertThat(reply.text()).as(what).doesNotContain("Exception").doesNotContain("java.");
            }
        }
        assertThat(statuses[200]).isPositive();
        assertThat(statuses[422]).isPositive();
        assertThat(statuses[400]).isPositive();
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
