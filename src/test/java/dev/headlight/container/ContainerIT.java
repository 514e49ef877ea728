package dev.headlight.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PruneType;
import com.github.dockerjava.api.model.Volume;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * The image of the Dockerfile, run as it is meant to be: a read-only root, no rights, 1 GiB of memory, one processor.
 * Skipped where there is no Docker engine.
 */
class ContainerIT {
    private static final int PORT = 8080;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String PROMPT = "When Mary and John went to the store , John gave a drink to";
    private static final Map<String, String> REQUESTS = Map.of(
            "/attention", "{'input': '" + PROMPT + "', 'layers': [3], 'heads': [0]}",
            "/activations", "{'input': '" + PROMPT + "', 'hooks': ['blocks.2.hook_resid_post']}",
            "/activations/top", "{'input': '" + PROMPT + "', 'layer': 2}",
            "/interventions",
                    "{'input': '" + PROMPT + "', 'capture': ['blocks.3.hook_resid_post'], 'interventions':"
                            + " [{'hook': 'z', 'layer': 0, 'heads': [3], 'action': {'type': 'zero'}}]}");

    private static GenericContainer<?> service;

    @BeforeAll
    static void start() throws IOException {
        LoggingSystem logging = LoggingSystem.get(ContainerIT.class.getClassLoader());
        logging.setLogLevel("ROOT", LogLevel.WARN);
        logging.setLogLevel("org.testcontainers.dockerclient", LogLevel.OFF); // no engine is no error
        boolean engine = hasEngine();
        if (!engine) {
            System.out.println("ContainerIT is skipped: there is no Docker engine here");
        }
        assumeTrue(engine, "no Docker engine");
        // the image keeps its name, so that the next run finds its layers; given as a whole, Testcontainers would take
        // the Dockerfile's stages for images, and try to pull them
        var image = new ImageFromDockerfile("headlight-test", false)
                .withFileFromPath("Dockerfile", Path.of("Dockerfile"))
                .withFileFromPath("target/headlight-test.jar", jar())
                .withTarget("cpu");
        service = new GenericContainer<>(image)
                .withExposedPorts(PORT)
                .withEnv("HEADLIGHT_MODELS_DIR", "/models")
                .withCreateContainerCmdModifier(command -> restrict(command.getHostConfig()))
                .waitingFor(Wait.forHealthcheck().withStartupTimeout(Duration.ofMinutes(2)));
        service.start();
    }

    private static boolean hasEngine() {
        try {
            return DockerClientFactory.instance().isDockerAvailable();
        } catch (RuntimeException noEngine) {
            return false;
        }
    }

    private static Path jar() throws IOException {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of("target"), "headlight-*.jar")) {
            return jars.iterator().next();
        }
    }

    private static void restrict(HostConfig host) {
        host.withReadonlyRootfs(true)
                .withTmpFs(Map.of("/tmp", ""))
                .withCapDrop(Capability.ALL)
                .withSecurityOpts(List.of("no-new-privileges"))
                .withMemory(1L << 30)
                .withMemorySwap(1L << 30)
                .withNanoCPUs(1_000_000_000L)
                .withBinds(new Bind(
                        Path.of("src/test/resources/fixtures").toAbsolutePath().toString(),
                        new Volume("/models"),
                        AccessMode.ro));
    }

    @AfterAll
    static void stop() {
        if (service == null) {
            return;
        }
        service.stop();
        service.getDockerClient() // what this build replaced of the last one
                .pruneCmd(PruneType.IMAGES)
                .withDangling(true)
                .withLabelFilter("dev.headlight.layer")
                .exec();
    }

    @AfterEach
    void isStillTheFirstProcess() {
        ContainerState state = service.getCurrentContainerInfo().getState();
        assertThat(state.getRunning()).isTrue();
        assertThat(state.getOOMKilled()).isFalse();
    }

    @Test
    void runsWithoutRightsOnARootThatCannotBeWritten() throws Exception {
        assertThat(service.execInContainer("id", "-u").getStdout().trim()).isNotEqualTo("0");
        assertThat(service.execInContainer("touch", "/opt/headlight/file").getStderr())
                .contains("Read-only file system");
    }

    @Test
    void theImageSaysWhatItIs() throws IOException {
        Map<String, String> labels = service.getContainerInfo().getConfig().getLabels();
        assertThat(labels)
                .containsEntry("org.opencontainers.image.title", "Headlight")
                .containsEntry("org.opencontainers.image.licenses", "Apache-2.0")
                .containsKeys("org.opencontainers.image.description", "org.opencontainers.image.revision");
        String version = labels.get("org.opencontainers.image.version");
        assertThat(jar().getFileName()).hasToString("headlight-" + version + ".jar");
    }

    @Test
    void unpacksNothingAtStart() {
        assertThat(service.getLogs()).contains("PyTorch").doesNotContain("unpacking", "Extracting");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/swagger-ui/index.html",
                "/v3/api-docs",
                "/actuator/health/liveness",
                "/actuator/health/readiness",
                "/models"
            })
    void everyPageAnswers(String path) {
        assertThat(get(path).statusCode()).isEqualTo(200);
    }

    @Test
    void everyExampleOfTheApiIsAnsweredInEveryForm() {
        JsonObject paths = json(get("/v3/api-docs")).getAsJsonObject("paths");
        int answered = 0;
        for (var path : paths.entrySet()) {
            JsonObject post = path.getValue().getAsJsonObject().getAsJsonObject("post");
            if (post == null
                    || !post.has("requestBody")
                    || !post.getAsJsonObject("responses").has("200")) {
                continue;
            }
            for (String form : content(post.getAsJsonObject("responses").getAsJsonObject("200"))
                    .keySet()) {
                for (JsonElement example : examples(post)) {
                    var answer = post(
                            path.getKey(),
                            example.getAsJsonObject().get("value").toString(),
                            form);
                    // a picture shows one input, an npy file one tensor
                    assertThat(answer.statusCode())
                            .as("%s %s as %s", path.getKey(), example, form)
                            .isIn(form.equals("application/json") ? List.of(200) : List.of(200, 406, 422));
                    answered++;
                }
            }
        }
        assertThat(answered).isGreaterThan(30);
    }

    @ParameterizedTest
    @CsvSource({
        "/attention, image/png",
        "/attention, image/svg+xml",
        "/attention, application/vnd.safetensors",
        "/attention, application/x-npy",
        "/activations, image/png",
        "/activations, image/svg+xml",
        "/activations, application/vnd.safetensors",
        "/activations, application/x-npy",
        "/activations/top, image/png",
        "/activations/top, image/svg+xml",
        "/interventions, image/png",
        "/interventions, image/svg+xml",
        "/interventions, application/vnd.safetensors"
    })
    void everyPictureAndBinaryFormIsWhatItSays(String path, String form) {
        var answer = post(path, REQUESTS.get(path).replace('\'', '"'), form);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith(form);
        String text = new String(answer.body(), StandardCharsets.ISO_8859_1);
        switch (form) {
            case "image/png" -> assertThat(text).startsWith("\u0089PNG").contains("IEND");
            case "image/svg+xml" -> assertThat(text).contains("<svg", "Mary", "</svg>");
            case "application/x-npy" -> assertThat(text).startsWith("\u0093NUMPY");
            default -> assertThat(text.substring(8)).startsWith("{\"").contains("\"data_offsets\"", "__metadata__");
        }
    }

    @Test
    void aCheckpointOfTheVolumeRuns() {
        assertThat(json(get("/models")).getAsJsonArray("models").asList())
                .extracting(model -> model.getAsJsonObject().get("id").getAsString())
                .contains("micro", "gpt2");
        var answer = post("/attention", "{\"model\":\"gpt2\",\"input\":[3,4,5,6]}", "application/json");
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    private static JsonObject content(JsonObject of) {
        return of.getAsJsonObject("content");
    }

    private static Iterable<JsonElement> examples(JsonObject operation) {
        JsonObject json = content(operation.getAsJsonObject("requestBody")).getAsJsonObject("application/json");
        return List.copyOf(json.getAsJsonObject("examples").asMap().values());
    }

    private static JsonObject json(HttpResponse<byte[]> answer) {
        return JsonParser.parseString(new String(answer.body(), StandardCharsets.UTF_8))
                .getAsJsonObject();
    }

    private static HttpResponse<byte[]> get(String path) {
        return send(to(path).build());
    }

    private static HttpResponse<byte[]> post(String path, String body, String accept) {
        return send(to(path).header("Content-Type", "application/json")
                .header("Accept", accept)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private static HttpRequest.Builder to(String path) {
        String url = "http://" + service.getHost() + ":" + service.getMappedPort(PORT) + path;
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(1));
    }

    private static HttpResponse<byte[]> send(HttpRequest request) {
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
