package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.model.Fixture;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.hub.DownloadStatus.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of downloads share: a hub with one repository, a models folder, and a look at all that was written. */
abstract class HubTest {
    static final String[] WHOLE = {"config.json", "tokenizer.json", "LICENSE", "model.safetensors"};

    static final String REPO = "owner/name";
    static final String ID = "owner--name";
    static final int LARGE = 300_000;

    @TempDir
    Path outside;

    Path models;
    LocalHub hub;
    Downloads downloads;

    @BeforeEach
    void start() throws IOException {
        models = Files.createDirectory(outside.resolve("models"));
        Files.writeString(outside.resolve("precious"), "not to be touched");
        hub = new LocalHub().with(REPO, files());
        downloads = downloads(null);
    }

    @AfterEach
    void stop() throws IOException {
        downloads.close();
        hub.close();
        try (Stream<Path> beside = Files.list(outside)) {
            assertThat(beside).containsExactlyInAnyOrder(models, outside.resolve("precious"));
        }
        assertThat(outside.resolve("precious")).hasContent("not to be touched");
    }

    /** A config that can be loaded, and weights that nobody looks into. */
    static Map<String, byte[]> files() {
        Map<String, byte[]> files = new HashMap<>();
        files.put("config.json", resource("gpt2/config.json"));
        files.put("tokenizer.json", new byte[] {'{', '}'});
        files.put("LICENSE", "Do as you like.".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        byte[] weights = new byte[LARGE];
        new Random(5).nextBytes(weights);
        files.put("model.safetensors", weights);
        return files;
    }

    static byte[] resource(String name) {
        try {
            return Files.readAllBytes(Fixture.resource("/fixtures/" + name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Downloads downloads(String token) {
        return downloads(token, models);
    }

    Downloads downloads(String token, Path folder) {
        RetryPolicy retryPolicy = new RetryPolicy(Duration.ofSeconds(1), 4, Duration.ofMillis(2));
        return new Downloads(new Hub(hub.endpoint(), token, retryPolicy), folder, new Architectures());
    }

    DownloadStatus request() {
        return downloads.request(Repository.of(REPO, "main"));
    }

    /** Asks, and waits for the end. */
    DownloadStatus bring() {
        request();
        return end();
    }

    DownloadStatus end() {
        await(() -> state() == State.FAILED || state() == State.AVAILABLE);
        return downloads.find(ID);
    }

    State state() {
        return downloads.find(ID).state();
    }

    static void await(BooleanSupplier done) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!done.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it takes too long").isLessThan(end);
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** The reason why it failed; then there is no model. */
    String failure() {
        DownloadStatus status = bring();
        assertThat(status.state()).as(String.valueOf(status)).isEqualTo(State.FAILED);
        assertThat(models.resolve(ID)).doesNotExist();
        assertThat(status.reason()).doesNotContain("Exception", "java.", "127.0.0.1", "Signature", models.toString());
        return status.reason();
    }

    /** Every file of the repository is there, byte for byte, and nothing else but where it comes from. */
    void assertWhole(DownloadStatus status, String... files) throws IOException {
        assertThat(status.state()).as(String.valueOf(status)).isEqualTo(State.AVAILABLE);
        Map<String, byte[]> found = contents(models.resolve(ID));
        assertThat(found.remove("hub.json")).isNotNull();
        assertThat(found.keySet()).containsExactlyInAnyOrder(files);
        found.forEach((name, content) -> assertThat(content).as(name).isEqualTo(hub.file(REPO, name)));
    }

    static Map<String, byte[]> contents(Path folder) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path path : all.toList()) {
                contents.put(path.getFileName().toString(), Files.readAllBytes(path));
            }
        }
        return contents;
    }

    void add(Map<String, byte[]> more) {
        Map<String, byte[]> files = files();
        files.putAll(more);
        hub.with(REPO, files);
    }
}
