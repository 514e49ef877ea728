package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.model.Fixture;
import dev.headlight.model.Reference;
import dev.headlight.model.hub.LocalHub;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A model from the hub answers like the fixture it is, however it came. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "headlight.device=cpu",
            "HF_TOKEN=hf_secret",
            "headlight.hub.timeout=2s",
            "headlight.hub.backoff=5ms"
        })
@ExtendWith(OutputCaptureExtension.class)
class HubControllerTest {
    private static final LocalHub HUB = new LocalHub();

    @TempDir
    static Path outside;

    @LocalServerPort
    int port;

    private Api api;

    @DynamicPropertySource
    static void settings(DynamicPropertyRegistry registry) throws IOException {
        Path models = Files.createDirectory(outside.resolve("models"));
        HUB.require("hf_secret");
        registry.add("headlight.models-dir", models::toString);
        registry.add("headlight.hub.endpoint", HUB::endpoint);
    }

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @AfterEach
    void nothingIsBesideTheModels(CapturedOutput output) throws IOException {
        HUB.fault((e, file, content, from) -> false);
        try (Stream<Path> beside = Files.list(outside)) {
            assertThat(beside).containsExactly(outside.resolve("models"));
        }
        assertThat(output.getAll()).doesNotContain("hf_secret", "Signature");
    }

    @AfterAll
    static void stop() {
        HUB.close();
    }

    private static LocalHub.Fault breakingOff(long seed) {
        Random random = new Random(seed);
        return (e, file, content, from) -> {
            long rest = content.length - from;
            LocalHub.send(e, content, from, from + Math.min(rest, 1 + random.nextInt(content.length / 2)));
            return true;
        };
    }

    private Api.Reply bring(String repo) {
        return api.post("/models", "{\"repo\":\"" + repo + "\"}");
    }

    private JsonObject end(String id) {
        long end = System.nanoTime() + 30_000_000_000L;
        while (true) {
            JsonObject status = api.get("/models/" + id).json();
            if (List.of("available", "failed").contains(status.get("state").getAsString())) {
                return status;
            }
            assertThat(System.nanoTime()).as(status.toString()).isLessThan(end);
        }
    }

    private List<String> listed() {
        return api.get("/models").json().getAsJsonArray("models").asList().stream()
                .map(m -> m.getAsJsonObject().get("id").getAsString())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"gpt2, 1", "gpt2_hub_f16_sharded, 2", "llama, 3", "bert, 4", "encoder_post_relu, 5"})
    void aModelThatCameInPiecesAnswersAsTheFixtureItIs(String name, long seed) {
        HUB.with("owner/" + name, Fixture.of(name).folder());
        HUB.fault(breakingOff(seed));
        Api.Reply accepted = bring("owner/" + name);
        assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
        assertThat(accepted.header("Location")).isEqualTo("/models/owner--" + name);
        assertThat(accepted.json().get("id").getAsString()).isEqualTo("owner--" + name);
        JsonObject status = end("owner--" + name);
        assertThat(status.get("state").getAsString()).as(status.toString()).isEqualTo("available");
        assertThat(status.get("reason").isJsonNull()).isTrue();
        JsonObject progress = status.getAsJsonObject("progress");
        assertThat(progress.get("bytes")).isEqualTo(progress.get("total_bytes"));
        assertThat(progress.get("files")).isEqualTo(progress.get("total_files"));
        assertThat(listed()).contains("owner--" + name);
        assertAnswersLike(Fixture.of(name), "owner--" + name);
    }

    private void assertAnswersLike(Fixture fixture, String id) {
        int[] ids = fixture.prompts().get("a");
        Api.Reply reply = api.post("/attention", "{\"model\":\"" + id + "\",\"input\":" + Arrays.toString(ids) + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        JsonArray layers = reply.result(0).getAsJsonObject("attention").getAsJsonArray("data");
        assertThat(layers).isNotEmpty();
        for (int layer = 0; layer < layers.size(); layer++) {
            Reference golden = fixture.tensor("a/blocks." + layer + ".attn.hook_pattern");
            List<Float> values = new ArrayList<>();
            flatten(layers.get(layer), values);
            float[] ours = new float[values.size()];
            for (int i = 0; i < ours.length; i++) {
                ours[i] = values.get(i);
            }
            golden.requireClose(golden.shape(), ours);
        }
    }

    private static void flatten(JsonElement data, List<Float> into) {
        if (data instanceof JsonArray array) {
            array.forEach(e -> flatten(e, into));
        } else {
            into.add(data.getAsFloat());
        }
    }

    @Test
    void manyWhoAskAtOnceGetOneModel() {
        HUB.with("owner/shared", Fixture.of("gpt2").folder());
        HUB.fault((e, file, content, from) -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException x) {
                Thread.currentThread().interrupt();
            }
            return false;
        });
        List<CompletableFuture<Api.Reply>> all = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> bring("owner/shared")))
                .toList();
        assertThat(all).allSatisfy(reply -> assertThat(reply.join().status()).isEqualTo(202));
        assertThat(listed()).doesNotContain("owner--shared");
        assertThat(end("owner--shared").get("state").getAsString()).isEqualTo("available");
        assertThat(HUB.seen().stream()
                        .filter(s -> s.path().startsWith("/cdn/owner/shared")
                                && s.path().endsWith(".safetensors")))
                .hasSize(1);
        assertAnswersLike(Fixture.of("gpt2"), "owner--shared");
    }

    @Test
    void whatFailsIsNotListedTellsWhyAndCanBeCleared() {
        HUB.with("owner/wrong", Fixture.of("gpt2").folder());
        HUB.fault((e, file, content, from) -> {
            byte[] other = content.clone();
            other[7] ^= 2;
            LocalHub.send(e, file.endsWith(".safetensors") ? other : content, from, content.length);
            return true;
        });
        assertThat(bring("owner/wrong").status()).isEqualTo(202);
        JsonObject status = end("owner--wrong");
        assertThat(status.get("state").getAsString()).isEqualTo("failed");
        assertThat(status.get("reason").getAsString()).contains("checksum of model.safetensors");
        assertThat(status.getAsJsonObject("source").get("repo").getAsString()).isEqualTo("owner/wrong");
        assertThat(new TreeSet<>(status.getAsJsonObject("progress").keySet()))
                .containsExactly("bytes", "files", "total_bytes", "total_files");
        assertThat(listed()).doesNotContain("owner--wrong", ".downloads");
        assertThat(api.get("/models").json().getAsJsonArray("unsupported")).isEmpty();
        assertThat(api.post("/attention", "{\"model\":\"owner--wrong\",\"input\":[1]}")
                        .status())
                .isEqualTo(404);
        HttpRequest clear = HttpRequest.newBuilder(api.uri("/models/owner--wrong/download"))
                .DELETE()
                .build();
        assertThat(api.send(clear).status()).isEqualTo(204);
        assertThat(api.send(clear).status()).isEqualTo(404);
        assertThat(api.get("/models/owner--wrong").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {} | repo | is required
            {"repo":null} | repo | is required
            {"repo":5} | repo | a string
            {"repo":"gpt2"} | repo | must be owner/name
            {"repo":"../x"} | repo | must be owner/name
            {"repo":"a/b","revision":"../.."} | revision | must be a branch
            {"repo":"a/b","revision":5} | revision | a string
            {"repo":"a/b","branch":"main"} | branch | not known
            """)
    void aRequestThatIsNoneIs422(String body, String field, String says) {
        Api.Reply reply = api.post("/models", body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        JsonObject error = reply.json().getAsJsonArray("errors").get(0).getAsJsonObject();
        assertThat(error.get("field").getAsString()).isEqualTo(field);
        assertThat(error.get("message").getAsString()).contains(says);
    }

    @ParameterizedTest
    @CsvSource({"..%2f..", "owner--never-asked-for", "%00"})
    void whatNobodyAskedForIs404(String id) {
        assertThat(api.get("/models/" + id).status()).isIn(400, 404);
    }
}
