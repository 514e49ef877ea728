package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.model.NativeArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Whatever becomes of a request, its native memory is freed when the answer has been written. */
@Service
class NativeMemoryTest {
    private static final List<List<String>> REQUESTS = List.of(
            List.of("/attention", "{\"input\":\"Mary and John\"}", "application/json"),
            List.of(
                    "/attention",
                    "{\"input\":\"Mary and John\",\"kind\":\"value_weighted\"}",
                    Format.SAFETENSORS_VALUE),
            List.of("/attention", "{\"input\":[1,2],\"heads\":[99]}", "application/json"),
            List.of("/attention", "{\"input\":[[1],[2]]}", Format.NPY_VALUE),
            List.of(
                    "/activations",
                    "{\"input\":[[1,2],[3]],\"hooks\":[\"blocks.*.attn.hook_z\",\"logits\"]}",
                    Format.SAFETENSORS_VALUE),
            List.of("/activations", "{\"input\":[1,2],\"hooks\":[\"logits\"],\"positions\":[7]}", "application/json"),
            List.of("/activations/top", "{\"input\":[[1,2],[3]],\"layer\":0}", "application/json"),
            List.of("/activations/top", "{\"input\":[[1,2],[3]],\"layer\":0,\"verify\":true}", "application/json"),
            List.of("/attention", "{\"input\":[1,2],\"verify\":true}", Format.NPY_VALUE),
            List.of("/activations/top", "{\"input\":[1,2],\"layer\":0}", "image/svg+xml"),
            List.of(
                    "/attribution",
                    "{\"input\":[[1,2],[3,4,5]],\"metric\":{\"type\":\"logit\",\"answer\":7},\"neurons\":true}",
                    Format.SAFETENSORS_VALUE),
            List.of(
                    "/lens",
                    "{\"input\":[[1,2],[3]],\"targets\":[4],\"return_logits\":true}",
                    Format.SAFETENSORS_VALUE),
            List.of("/lens", "{\"input\":[1,2],\"top_k\":0}", "application/json"),
            List.of("/lens", "{\"input\":\"Mary and John\"}", "image/png"),
            List.of("/heads", "{\"input\":[1,2,3],\"answer\":1}", Format.SAFETENSORS_VALUE),
            List.of("/heads", "{\"input\":[1,2,3],\"scores\":[\"name_mover\"],\"answer\":7}", "application/json"),
            List.of("/attribution", "{\"input\":[1,2],\"metric\":{\"type\":\"loss\"}}", "application/json"),
            List.of("/heads/circuits", "{\"input\":[1,2],\"layer\":0,\"head\":1,\"circuit\":\"qk\"}", "image/png"),
            List.of(
                    "/interventions",
                    "{\"input\":[[1,2],[3,4]],\"interventions\":[{\"hook\":\"z\",\"layer\":0,\"action\":{\"type\":\"mean\"}}],\"capture\":[\"logits\"]}",
                    "application/json"),
            List.of(
                    "/interventions",
                    "{\"input\":[1,2],\"interventions\":[{\"hook\":\"z\",\"layer\":0,\"action\":{\"type\":\"patch\",\"source\":[1]}}]}",
                    "application/json"));

    @LocalServerPort
    int port;

    @Test
    void nothingIsLeftAfterGoodAndBadRequests() throws Exception {
        Api api = new Api(port);
        storm(api, 1); // whatever is made once: models, caches
        long before = NativeArrays.count();
        assertThat(before).isPositive();
        storm(api, 20);
        for (int i = 0; i < 50 && NativeArrays.count() != before; i++) {
            Thread.sleep(20); // the last byte reaches the client a moment before the request ends
        }
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    private static void storm(Api api, int rounds) {
        List<CompletableFuture<Api.Reply>> all = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            REQUESTS.forEach(r -> all.add(CompletableFuture.supplyAsync(() -> api.post(r.get(0), r.get(1), r.get(2)))));
        }
        all.forEach(f -> assertThat(f.join().status()).isIn(200, 406, 422, 429));
    }
}
