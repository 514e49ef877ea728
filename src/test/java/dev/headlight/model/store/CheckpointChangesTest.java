package dev.headlight.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.Fixture;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.MmapPolicy;
import dev.headlight.model.checkpoint.Precision;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.fault.UnknownModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.util.FileSystemUtils;

/** Checkpoint folders that are replaced, rewritten or deleted while the service runs. */
class CheckpointChangesTest extends StoreTest {
    @Test
    void aFolderThatIsReplacedIsLoadedAnewAndOneThatIsGoneIsUnknown() throws IOException {
        try (Models models = models(new MemoryBudget(1 << 30), Duration.ofSeconds(5));
                Admission<?> old = models.admit("llama", "input")) {
            Path staged = Files.createDirectory(folder.resolve(".staged"));
            Fixture.copy("mistral", staged);
            Files.move(folder.resolve("llama"), folder.resolve(".old"));
            Files.move(staged, folder.resolve("llama"));
            try (Admission<?> now = models.admit("llama", "input")) {
                assertThat(logits(now.model(), Fixture.of("mistral")))
                        .isEqualTo(logits(Fixture.of("mistral").model(), Fixture.of("mistral")));
            }
            assertThat(logits(old.model(), Fixture.of("llama"))) // to the end of its requests
                    .isEqualTo(logits(Fixture.of("llama").model(), Fixture.of("llama")));
            FileSystemUtils.deleteRecursively(folder.resolve("llama"));
            assertThatThrownBy(() -> models.load("llama")).isInstanceOf(UnknownModel.class);
            assertThat(models.list()).extracting(Models.Listed::id).doesNotContain("llama");
        }
    }

    @Test
    void filesThatAreRewrittenInPlaceAreReadAgain() throws IOException {
        try (Models models = models(new MemoryBudget(1 << 30), Duration.ofSeconds(5))) {
            models.load("llama");
            for (String file : List.of("model.safetensors", "config.json")) {
                Files.copy(
                        folder.resolve("mistral").resolve(file),
                        folder.resolve("llama").resolve(file),
                        StandardCopyOption.REPLACE_EXISTING);
            }
            try (Admission<?> now = models.admit("llama", "input")) {
                assertThat(logits(now.model(), Fixture.of("mistral")))
                        .isEqualTo(logits(Fixture.of("mistral").model(), Fixture.of("mistral")));
            }
        }
    }

    /** What is read, not mapped, outlives its file. */
    @Test
    void filesThatAreRewrittenWhileModelsRunGiveOneModelOrTheOtherOrAClearError() throws Exception {
        Path weights = Files.createDirectory(folder.resolve("changing")).resolve("model.safetensors");
        Fixture.copy("llama", weights.getParent());
        byte[] one = Files.readAllBytes(weights);
        byte[] other = one.clone();
        for (int i = one.length - 4000; i < one.length; i += 4) {
            other[i + 2] ^= 0x40;
        }
        Fixture f = Fixture.of("llama");
        Torch reading = new Torch("cpu", 1, Precision.AUTO, MmapPolicy.NEVER);
        try (Models models = new Models(
                new Catalogue("micro", new Checkpoint(f.folder()), folder, "micro"),
                reading,
                new Architectures(),
                new MemoryBudget(1 << 30),
                Duration.ofSeconds(10),
                (m, t) -> {})) {
            List<float[]> right = new ArrayList<>();
            for (byte[] bytes : List.of(one, other)) {
                Files.write(weights, bytes);
                right.add(answer(models, f));
            }
            AtomicInteger answers = new AtomicInteger();
            AtomicInteger refused = new AtomicInteger();
            Thread writer = new Thread(() -> rewrite(weights, one, other));
            writer.start();
            List<Thread> clients = new ArrayList<>();
            List<Throwable> faults = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 4; i++) {
                Thread client = new Thread(() -> {
                    while (writer.isAlive()) {
                        try {
                            assertThat(answer(models, f)).isIn(right);
                            answers.incrementAndGet();
                        } catch (ModelRefused | UnknownModel e) {
                            refused.incrementAndGet(); // half written at that moment
                        }
                    }
                });
                client.setUncaughtExceptionHandler((t, e) -> faults.add(e));
                client.start();
                clients.add(client);
            }
            for (Thread client : clients) {
                client.join();
            }
            assertThat(faults).isEmpty();
            assertThat(answers.get()).isPositive();
            Files.write(weights, one);
            assertThat(answer(models, f)).isEqualTo(right.get(0));
        }
    }

    private static void rewrite(Path weights, byte[] one, byte[] other) {
        try {
            for (int i = 0; i < 150; i++) {
                byte[] bytes = i % 2 == 0 ? other : one;
                Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2)); // cut short, then whole
                Files.write(weights, bytes);
                Thread.sleep(5);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static float[] answer(Models models, Fixture f) {
        try (Admission<?> admission = models.admit("changing", "input")) {
            return logits(admission.model(), f);
        }
    }
}
