package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.model.Fixture;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** One model seen, loaded and dropped over HTTP. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "headlight.device=cpu")
class ModelsControllerTest {
    @TempDir
    static Path folder;

    @LocalServerPort
    int port;

    private Api api;

    @DynamicPropertySource
    static void models(DynamicPropertyRegistry registry) throws IOException {
        for (String name : List.of("llama", "qwen3_moe")) {
            Fixture.copy(name, Files.createDirectory(folder.resolve(name)));
        }
        Files.writeString(folder.resolve("llama/LICENSE.txt"), "Do as you like.");
        Path broken = Files.createDirectory(folder.resolve("broken"));
        Fixture.copy("llama", broken);
        Files.writeString(
                broken.resolve("config.json"),
                Files.readString(broken.resolve("config.json"))
                        .replace("\"attention_bias\": true", "\"attention_bias\": false"));
        registry.add("headlight.models-dir", folder::toString);
    }

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private Api.Reply load(String id) {
        return api.send(request("/models/" + id + "/load")
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    }

    private JsonObject one(String id) {
        Api.Reply reply = api.get("/models/" + id);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private static JsonObject file(JsonObject model, String name) {
        for (JsonElement file : model.getAsJsonArray("files")) {
            if (file.getAsJsonObject().get("name").getAsString().equals(name)) {
                return file.getAsJsonObject();
            }
        }
        throw new AssertionError(name);
    }

    @Test
    void aModelIsSeenLoadedAndDropped() {
        JsonObject before = one("llama");
        assertThat(before.get("state").getAsString()).isEqualTo("available");
        assertThat(before.get("hook_points").isJsonNull()).isTrue();
        assertThat(before.get("licence").getAsString()).isEqualTo("LICENSE.txt");
        assertThat(before.get("tokenizer").isJsonNull()).isTrue();
        long parameters = before.get("parameters").getAsLong();
        assertThat(before.get("weight_bytes").getAsLong()).isEqualTo(4 * parameters);
        Api.Reply loaded = load("llama");
        assertThat(loaded.status()).as(loaded.text()).isEqualTo(200);
        assertThat(loaded.json().get("state").getAsString()).isEqualTo("loaded");
        JsonObject k = point(loaded.json(), "k");
        assertThat(k.get("name").getAsString()).isEqualTo("blocks.*.attn.hook_k");
        assertThat(k.get("dims").toString()).isEqualTo("[\"position\",\"kv_head\",\"d_head\"]");
        assertThat(k.get("shape").toString()).isEqualTo("[null,2,6]");
        assertThat(k.get("layers").toString()).isEqualTo("[0,1]");
        Api.Reply dropped = api.send(request("/models/llama/load").DELETE().build());
        assertThat(dropped.status()).isEqualTo(204);
        assertThat(one("llama").get("state").getAsString()).isEqualTo("available");
        assertThat(api.send(request("/models/llama/load").DELETE().build()).status())
                .isEqualTo(204); // it is what was asked for
    }

    private static JsonObject point(JsonObject model, String hook) {
        for (JsonElement point : model.getAsJsonArray("hook_points")) {
            if (point.getAsJsonObject().get("hook").getAsString().equals(hook)) {
                return point.getAsJsonObject();
            }
        }
        throw new AssertionError(hook);
    }

    @Test
    void hookPointsTellTheLayersThatHaveThem() {
        JsonObject model = load("qwen3_moe").json();
        assertThat(point(model, "mlp_pre").get("layers").toString()).isEqualTo("[0]");
        assertThat(point(model, "expert_weights").get("layers").toString()).isEqualTo("[1]");
        assertThat(point(model, "logits").get("layers").isJsonNull()).isTrue();
    }

    @Test
    void filesHaveTheirSizeAndInTimeTheirHash() throws Exception {
        JsonObject weights = file(one("llama"), "model.safetensors");
        Path file = folder.resolve("llama/model.safetensors");
        assertThat(weights.get("bytes").getAsLong()).isEqualTo(Files.size(file));
        for (int i = 0; i < 500 && weights.get("sha256").isJsonNull(); i++) {
            Thread.sleep(10);
            weights = file(one("llama"), "model.safetensors");
        }
        assertThat(weights.get("sha256").getAsString()).isEqualTo(sha256(file));
    }

    private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @Test
    void aLoadThatFailsLeavesItsReasonAndTheServiceWhole() {
        Api.Reply refused = load("broken");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().get("detail").getAsString()).contains("self_attn.k_proj.bias");
        JsonObject model = one("broken");
        assertThat(model.get("state").getAsString()).isEqualTo("refused");
        assertThat(model.get("reason").getAsString()).contains("self_attn.k_proj.bias");
        assertThat(load("llama").status()).isEqualTo(200);
    }

    @Test
    void anUnknownModelIs404Everywhere() {
        assertThat(api.get("/models/none").status()).isEqualTo(404);
        assertThat(load("none").status()).isEqualTo(404);
        assertThat(api.send(request("/models/none/load").DELETE().build()).status())
                .isEqualTo(404);
        assertThat(api.get("/models/none").type()).isEqualTo("application/problem+json");
    }
}
