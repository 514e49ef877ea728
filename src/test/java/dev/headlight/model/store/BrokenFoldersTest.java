package dev.headlight.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.Fixture;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders as interrupted copies and clones without Git LFS leave them: listed with the reason, and refused with the same. */
class BrokenFoldersTest {
    private static final String WEIGHTS = "model.safetensors";
    private static final String POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:1f\nsize 1\n";

    @TempDir
    private Path models;

    private Path folder;
    private Models all;

    @BeforeEach
    void aSoundModel() throws IOException {
        folder = Files.createDirectory(models.resolve("m"));
        Fixture.copy("gpt2", folder);
        all = new Models(
                new Catalogue("micro", new Checkpoint(Fixture.resource("/fixtures/llama")), models, "micro"),
                Fixture.TORCH,
                new Architectures(),
                new MemoryBudget(1 << 30),
                Duration.ofSeconds(5),
                (m, t) -> {});
    }

    @AfterEach
    void close() {
        all.close();
    }

    private Models.Listed listed() {
        return all.list().stream().filter(m -> m.id().equals("m")).findFirst().orElseThrow();
    }

    /** Listed, described and used, before and after a failed use. */
    private void refused(String reason) {
        for (int i = 0; i < 2; i++) {
            assertThat(listed().reason()).contains(reason);
            assertThat(listed().info()).isNull();
            ModelDetail detail = all.detail("m");
            assertThat(detail.state()).isEqualTo("refused");
            assertThat(detail.listed().reason()).isEqualTo(listed().reason());
            assertThat(detail.parameters()).isNull();
            assertThat(detail.weightBytes()).isNull();
            assertThatThrownBy(() -> all.load("m"))
                    .isInstanceOf(ModelRefused.class)
                    .hasMessage(listed().reason());
        }
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }

    @Test
    void weightsThatAreCutOff() throws IOException {
        byte[] bytes = Files.readAllBytes(folder.resolve(WEIGHTS));
        Files.write(folder.resolve(WEIGHTS), Arrays.copyOf(bytes, bytes.length - 100));
        refused("which has " + (bytes.length - 100) + " bytes and is cut off or damaged: copy it again");
    }

    @Test
    void weightsWithMoreBehindThem() throws IOException {
        Files.write(folder.resolve(WEIGHTS), new byte[8], StandardOpenOption.APPEND);
        refused(", so it is damaged: copy it again");
        assertThat(listed().reason()).startsWith("model.safetensors: 8 bytes follow tensor ");
    }

    @Test
    void pointersOfGitLfs() throws IOException {
        for (String file : new String[] {"tokenizer_config.json", "tokenizer.json", WEIGHTS, "config.json"}) {
            write(file, POINTER);
            refused(file + " is a Git LFS pointer instead of the file: run 'git lfs pull'");
        }
    }

    @Test
    void shardsThatArePointersAndAnIndexThatIs() throws IOException {
        Files.move(folder.resolve(WEIGHTS), folder.resolve("model-00001-of-00001.safetensors"));
        write(
                "model.safetensors.index.json",
                "{\"weight_map\": {\"wte.weight\": \"model-00001-of-00001.safetensors\"}}");
        write("model-00001-of-00001.safetensors", POINTER);
        refused("model-00001-of-00001.safetensors is a Git LFS pointer");
        write("model.safetensors.index.json", POINTER);
        refused("model.safetensors.index.json is a Git LFS pointer");
    }

    @Test
    void anIndexWithoutItsShards() throws IOException {
        Files.delete(folder.resolve(WEIGHTS));
        write(
                "model.safetensors.index.json",
                "{\"weight_map\": {\"wte.weight\": \"model-00001-of-00002.safetensors\"}}");
        refused("index.json names the file model-00001-of-00002.safetensors, which is not in the folder");
    }

    @Test
    void emptyFiles() throws IOException {
        for (String file : new String[] {"tokenizer.json", WEIGHTS, "config.json"}) {
            write(file, "");
            refused(file + " cannot be read: it is empty, as an interrupted copy or download leaves it; copy it again");
        }
    }

    @Test
    void weightsThatAreSomethingElse() throws IOException {
        write(WEIGHTS, "<!DOCTYPE html><html>Not found</html>");
        refused("it is damaged, or not a safetensors file");
    }

    @Test
    void linksThatLeadNowhere() throws IOException {
        for (String file : new String[] {"tokenizer.json", WEIGHTS, "config.json"}) {
            Files.deleteIfExists(folder.resolve(file));
            Files.createSymbolicLink(folder.resolve(file), models.resolve("blobs/gone"));
            refused(file + " is a link to a file that does not exist");
        }
    }

    @Test
    void aLinkThatLeadsNowhereAndThatNobodyNeeds() throws IOException {
        Files.createSymbolicLink(folder.resolve("README.md"), models.resolve("gone"));
        all.load("m");
        assertThat(listed().reason()).isNull();
    }

    @Test
    void weightsInAFormatThatIsNotRead() throws IOException {
        Files.delete(folder.resolve(WEIGHTS));
        for (String file : new String[] {"model.onnx", "tf_model.h5", "flax_model.msgpack", "a.Q4_K_M.gguf"}) {
            Files.createFile(folder.resolve(file));
            refused("(" + file + "), which is not read: put config.json and the .safetensors files of the same model");
            Files.delete(folder.resolve(file));
        }
        refused("the folder holds no .safetensors file");
    }

    @Test
    void aFolderOfGgufAlone() throws IOException {
        for (Path file : Files.list(folder).toList()) {
            Files.delete(file);
        }
        Files.createFile(folder.resolve("a.gguf"));
        refused("the folder holds its weights as GGUF only (a.gguf), which is not read");
    }

    @Test
    void aLoadedModelWhoseFilesBreakIsRefusedFromThenOn() throws IOException {
        all.load("m");
        assertThat(listed().loaded()).isTrue();
        Files.delete(folder.resolve(WEIGHTS)); // not in place: it is mapped
        write(WEIGHTS, POINTER);
        refused("is a Git LFS pointer");
        Files.delete(folder.resolve(WEIGHTS));
        Fixture.copy("gpt2", Files.createDirectory(models.resolve("copy")));
        Files.copy(models.resolve("copy/model.safetensors"), folder.resolve(WEIGHTS));
        assertThat(listed().reason()).isNull();
        all.load("m");
    }
}
