package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonPrimitive;
import dev.headlight.model.NativeArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The native memory of a request is freed when the answer has been written, also of one that fails. */
@RunningService
class NativeMemoryTest {
    private static final String JSON = "application/json";
    private static final int AT_ONCE = 4; // few enough that none is turned away

    /** Requests beside the examples: several inputs, and those that are refused before, in and after the computation. */
    private static final List<Post> REQUESTS = List.of(
            new Post("/attention", "{'input':'Mary and John'}", JSON),
            new Post("/attention", "{'input':'Mary and John','kind':'value_weighted'}", Format.SAFETENSORS_VALUE),
            new Post("/attention", "{'input':[1,2],'heads':[99]}", JSON),
            new Post("/attention", "{'input':[[1],[2]]}", Format.NPY_VALUE),
            new Post(
                    "/activations",
                    "{'input':[[1,2],[3]],'hooks':['blocks.*.attn.hook_z','logits']}",
                    Format.SAFETENSORS_VALUE),
            new Post("/activations", "{'input':[1,2],'hooks':['logits'],'positions':[7]}", JSON),
            new Post("/activations/top", "{'input':[[1,2],[3]],'layer':0}", JSON),
            new Post("/activations/top", "{'input':[[1,2],[3]],'layer':0,'verify':true}", JSON),
            new Post("/attention", "{'input':[1,2],'verify':true}", Format.NPY_VALUE),
            new Post("/activations/top", "{'input':[1,2],'layer':0}", "image/svg+xml"),
            new Post(
                    "/attribution",
                    "{'input':[[1,2],[3,4,5]],'metric':{'type':'logit','answer':7},'neurons':true}",
                    Format.SAFETENSORS_VALUE),
            new Post("/lens", "{'input':[[1,2],[3]],'targets':[4],'return_logits':true}", Format.SAFETENSORS_VALUE),
            new Post("/lens", "{'input':[1,2],'top_k':0}", JSON),
            new Post("/lens", "{'input':'Mary and John'}", "image/png"),
            new Post("/heads", "{'input':[1,2,3],'answer':1}", Format.SAFETENSORS_VALUE),
            new Post("/heads", "{'input':[1,2,3],'scores':['name_mover'],'answer':7}", JSON),
            new Post("/attribution", "{'input':[1,2],'metric':{'type':'loss'}}", JSON),
            new Post("/heads/circuits", "{'input':[1,2],'layer':0,'head':1,'circuit':'qk'}", "image/png"),
            new Post(
                    "/interventions",
                    "{'input':[[1,2],[3,4]],'interventions':[{'hook':'z','layer':0,'action':{'type':'mean'}}],'capture':['logits']}",
                    JSON),
            new Post(
                    "/interventions",
                    "{'input':[1,2],'interventions':[{'hook':'z','layer':0,'action':{'type':'patch','source':[1]}}]}",
                    JSON));

    private record Post(String path, String body, String accept) {}

    @LocalServerPort
    int port;

    @Test
    void nothingIsLeftAfterGoodAndBadRequests() throws Exception {
        List<Post> posts = REQUESTS.stream()
                .map(post -> new Post(post.path, post.body.replace('\'', '"'), post.accept))
                .toList();
        leavesNothing(posts, 20, Executors.newCachedThreadPool());
    }

    /** Found in the OpenAPI document, and so of every analysis that there is. */
    @Test
    void nothingIsLeftAfterAnyExampleInAnyForm() throws Exception {
        List<Post> posts = new ArrayList<>();
        for (Endpoints.Example example : Endpoints.examples(new Api(port))) {
            example.mediaTypes().forEach(form -> posts.add(new Post(example.path(), example.body(), form)));
            if (example.analysis()) {
                for (String field : List.of("verify", "dry_run")) {
                    posts.add(new Post(example.path(), example.with(field, new JsonPrimitive(true)), JSON));
                }
                posts.add(new Post(example.path(), example.with("compare_to", new JsonPrimitive("micro")), JSON));
            }
        }
        leavesNothing(posts, 1, Executors.newFixedThreadPool(AT_ONCE));
    }

    private void leavesNothing(List<Post> posts, int rounds, ExecutorService clients) throws InterruptedException {
        Api api = new Api(port);
        storm(api, posts, 1, clients); // makes what is made once: models, caches
        long before = settled();
        assertThat(before).isPositive();
        storm(api, posts, rounds, clients);
        clients.shutdown();
        assertThat(settled()).isEqualTo(before);
    }

    /** The number of arrays once no request changes it any more: the last byte of an answer precedes the request's end. */
    private static long settled() throws InterruptedException {
        long count = -1;
        for (int same = 0; same < 10; same++) {
            Thread.sleep(20);
            if (NativeArrays.count() != count) {
                count = NativeArrays.count();
                same = 0;
            }
        }
        return count;
    }

    private static void storm(Api api, List<Post> posts, int rounds, ExecutorService clients) {
        List<CompletableFuture<Api.Reply>> all = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            posts.forEach(
                    p -> all.add(CompletableFuture.supplyAsync(() -> api.post(p.path, p.body, p.accept), clients)));
        }
        all.forEach(f -> assertThat(f.join().status()).as(f.join().text()).isIn(200, 403, 406, 422, 429));
    }
}
