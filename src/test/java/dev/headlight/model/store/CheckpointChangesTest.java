package dev.headlight.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.Fixture;
import dev.headlight.model.fault.UnknownModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.util.FileSystemUtils;

/** Checkpoint folders that are replaced, rewritten or deleted while their models are loaded. */
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
}
