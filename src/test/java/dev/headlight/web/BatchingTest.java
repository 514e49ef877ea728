package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.model.NativeArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Many clients at once: their passes run together, and nobody sees it in an answer. */
@RunningService
class BatchingTest {
    private static final int CLIENTS = 16;
    private static final int ROUNDS = 6;
    private static final double ROUNDING = 1e-4;
    private static final String EDIT =
            ",'interventions':[{'hook':'%s','layer':%d,'action':{'type':'scale','factor':%s}}]";

    private record Post(String path, String body) {}

    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    /** Requests of two models, two lengths and different edits; one of them fails within its run. */
    private static List<Post> posts() {
        List<Post> posts = new ArrayList<>();
        for (String model : List.of("micro", "gpt2")) {
            for (String input : List.of("[1,2,3,4]", "[4,3,2,1]", "[5,6,7]")) {
                String start = "{'model':'" + model + "','input':" + input;
                posts.add(new Post("/attention", start + "}"));
                posts.add(new Post("/activations", start + ",'hooks':['blocks.*.hook_resid_post','logits']}"));
                posts.add(new Post("/lens", start + "}"));
                posts.add(new Post("/lens", start + EDIT.formatted("z", 0, "3") + "}"));
                posts.add(new Post("/interventions", start + EDIT.formatted("resid_post", 0, "0") + "}"));
                posts.add(new Post("/interventions", start + EDIT.formatted("mlp_out", 1, "-2") + "}"));
                posts.add(new Post("/attribution", start + ",'metric':{'type':'logit','answer':3}}"));
                posts.add(new Post("/activations", start + ",'hooks':['logits'],'positions':[3]}"));
            }
        }
        return posts.stream()
                .map(post -> new Post(post.path, post.body.replace('\'', '"')))
                .toList();
    }

    @Test
    void everyAnswerUnderLoadIsThatOfTheRequestAlone() throws Exception {
        List<Post> posts = posts();
        List<Api.Reply> alone =
                posts.stream().map(post -> api.post(post.path, post.body)).toList();
        assertThat(alone).extracting(Api.Reply::status).contains(200, 422);
        long before = NativeArrays.count();
        double passes = value("headlight_batch_requests_sum");
        double batches = value("headlight_batch_requests_count");
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        List<CompletableFuture<Api.Reply>> replies = new ArrayList<>();
        for (int i = 0; i < ROUNDS * posts.size(); i++) {
            Post post = posts.get(i % posts.size());
            replies.add(CompletableFuture.supplyAsync(() -> api.post(post.path, post.body), clients));
        }
        for (int i = 0; i < replies.size(); i++) {
            assertSame(posts.get(i % posts.size()), replies.get(i).join(), alone.get(i % posts.size()));
        }
        clients.shutdown();
        assertThat(value("headlight_batch_requests_sum") - passes)
                .isGreaterThan(value("headlight_batch_requests_count") - batches);
        for (int i = 0; i < 50 && NativeArrays.count() != before; i++) {
            Thread.sleep(20); // the last byte reaches the client a moment before the request ends
        }
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    private static void assertSame(Post post, Api.Reply actual, Api.Reply expected) {
        String what = post.path + " " + post.body;
        assertThat(actual.status()).as(what).isEqualTo(expected.status());
        if (expected.status() == 200) {
            assertClose(what, actual.json(), expected.json());
        }
    }

    private static void assertClose(String what, JsonElement actual, JsonElement expected) {
        if (expected.isJsonObject()) {
            JsonObject object = expected.getAsJsonObject();
            assertThat(actual.getAsJsonObject().keySet()).as(what).isEqualTo(object.keySet());
            for (Map.Entry<String, JsonElement> field : object.entrySet()) {
                assertClose(
                        what + "\n" + field.getKey(), actual.getAsJsonObject().get(field.getKey()), field.getValue());
            }
        } else if (expected.isJsonArray()) {
            assertThat(actual.getAsJsonArray().size())
                    .as(what)
                    .isEqualTo(expected.getAsJsonArray().size());
            for (int i = 0; i < expected.getAsJsonArray().size(); i++) {
                assertClose(
                        what,
                        actual.getAsJsonArray().get(i),
                        expected.getAsJsonArray().get(i));
            }
        } else if (expected.isJsonPrimitive() && expected.getAsJsonPrimitive().isNumber()) {
            double difference = Math.abs(actual.getAsDouble() - expected.getAsDouble());
            assertThat(difference / Math.max(1, Math.abs(expected.getAsDouble())))
                    .as(what + ": " + actual + ", alone " + expected)
                    .isLessThan(ROUNDING);
        } else {
            assertThat(actual).as(what).isEqualTo(expected);
        }
    }

    private double value(String metric) {
        return api.get("/actuator/prometheus")
                .text()
                .lines()
                .filter(line -> line.startsWith(metric))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
