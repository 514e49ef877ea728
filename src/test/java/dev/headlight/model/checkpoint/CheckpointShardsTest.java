package dev.headlight.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.Fixture;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints of several files, which the index names. */
class CheckpointShardsTest {
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    private Path folder;

    private void load() {
        new Architectures()
                .load("broken", new Checkpoint(folder), Fixture.TORCH)
                .close();
    }

    private void refused(String message) {
        assertThatThrownBy(this::load).isInstanceOf(ModelRefused.class).hasMessageContaining(message);
    }

    @Test
    void shardsAreFoundByTheIndexAndOthersAreLeftAlone() throws IOException {
        Fixture.copy("gpt2_hub_f16_sharded", folder);
        Files.write(folder.resolve("other.safetensors"), new byte[3]);
        load();
        Files.delete(folder.resolve(INDEX));
        refused("the folder holds 4 .safetensors files and no " + INDEX);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../model.safetensors",
                "/etc/model.safetensors",
                "sub/model.safetensors",
                "..\\\\x.safetensors",
                "config.json",
                "absent.safetensors",
                "..",
                "",
                ".safetensors/../x.safetensors"
            })
    void anIndexThatNamesAFileOutsideTheFolderIsRefused(String name) throws IOException {
        Path inside = Files.createDirectory(folder.resolve("inside"));
        Files.copy(Fixture.resource("/fixtures/gpt2/model.safetensors"), folder.resolve("model.safetensors"));
        Files.copy(Fixture.resource("/fixtures/gpt2/config.json"), inside.resolve("config.json"));
        Files.writeString(inside.resolve(INDEX), "{\"weight_map\": {\"w\": \"" + name + "\"}}");
        assertThatThrownBy(() -> new Architectures().load("broken", new Checkpoint(inside), Fixture.TORCH))
                .isInstanceOf(ModelRefused.class)
                .hasMessageEndingWith("which is not in the folder");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{",
                "{\"weight_map\": 3}",
                "{\"weight_map\": []}",
                "{\"weight_map\": {\"w\": null}}",
                "{\"weight_map\": {\"w\": {}}}",
                "{}"
            })
    void anIndexThatIsNoneIsRefused(String index) throws IOException {
        Fixture.copy("gpt2_hub_f16_sharded", folder);
        Files.writeString(folder.resolve(INDEX), index);
        refused(INDEX + " cannot be read");
        Files.writeString(folder.resolve(INDEX), "[".repeat(1_000_000));
        refused(INDEX + " cannot be read");
    }

    @Test
    void anIndexAtOddsWithTheShardsIsRefused() throws IOException {
        Fixture.copy("gpt2_hub_f16_sharded", folder);
        String index = Files.readString(folder.resolve(INDEX));
        Files.writeString(
                folder.resolve(INDEX),
                index.replace("\"weight_map\": {", "\"weight_map\": {\"more\": \"model-00001-of-00003.safetensors\","));
        refused("weight more is in " + INDEX + " and in no file");
        Files.copy(
                folder.resolve("model-00001-of-00003.safetensors"), folder.resolve("model-00004-of-00003.safetensors"));
        Files.writeString(
                folder.resolve(INDEX),
                index.replace("\"weight_map\": {", "\"weight_map\": {\"more\": \"model-00004-of-00003.safetensors\","));
        refused("is in two files");
    }
}
