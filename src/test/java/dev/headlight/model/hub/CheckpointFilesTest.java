package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only the files that a model needs are downloaded. */
class CheckpointFilesTest extends HubTest {
    @Test
    void onlyWhatIsReadIsBrought() throws IOException {
        byte[] some = {1, 2, 3};
        add(Map.of(
                "pytorch_model.bin",
                some,
                "README.md",
                some,
                "model.gguf",
                some,
                "tf_model.h5",
                some,
                "generation_config.json",
                some,
                "chat_template.jinja",
                some,
                "special_tokens_map.json",
                some,
                "tokenizer_config.json",
                some,
                "vocab.txt",
                some));
        assertWhole(
                bring(),
                "config.json",
                "tokenizer.json",
                "LICENSE",
                "model.safetensors",
                "generation_config.json",
                "chat_template.jinja",
                "special_tokens_map.json",
                "tokenizer_config.json");
    }

    @Test
    void ofShardsThoseThatTheIndexNames() throws IOException {
        byte[] index =
                "{\"weight_map\":{\"a\":\"m-1.safetensors\",\"b\":\"m-2.safetensors\",\"c\":\"m-1.safetensors\"}}"
                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        Map<String, byte[]> files = files();
        files.remove("model.safetensors");
        files.putAll(Map.of(
                "m-1.safetensors",
                new byte[9],
                "m-2.safetensors",
                new byte[] {4},
                "other.safetensors",
                new byte[5],
                "model.safetensors.index.json",
                index));
        hub.with(REPO, files);
        assertWhole(
                bring(),
                "config.json",
                "tokenizer.json",
                "LICENSE",
                "model.safetensors.index.json",
                "m-1.safetensors",
                "m-2.safetensors");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../m.safetensors", "/m.safetensors", "m.bin", "absent.safetensors", "a/../m.safetensors", ""})
    void anIndexThatNamesAnythingElseIsRefused(String shard) {
        Map<String, byte[]> files = files();
        if (!shard.startsWith("absent")) {
            files.put(shard, new byte[1]); // the hub lists it, even so
        }
        files.put(
                "model.safetensors.index.json",
                ("{\"weight_map\":{\"a\":\"" + shard + "\"}}").getBytes(java.nio.charset.StandardCharsets.UTF_8));
        hub.with(REPO, files);
        assertThat(failure()).contains("index.json names a file that is not a .safetensors file");
    }

    @Test
    void anIndexThatIsNoneIsRefused() {
        add(Map.of("model.safetensors.index.json", new byte[] {'['}));
        assertThat(failure()).contains("index.json cannot be read");
        assertThat(hub.asked("model.safetensors")).isZero();
    }

    @Test
    void picklesAreRefusedBeforeAnythingComes() {
        Map<String, byte[]> files = files();
        files.remove("model.safetensors");
        files.put("pytorch_model.bin", new byte[7]);
        hub.with(REPO, files);
        assertThat(failure()).contains("Python pickle (pytorch_model.bin)", "revision");
        assertThat(hub.seen()).hasSize(1);
    }

    @Test
    void aRepositoryWithoutAConfigOrWithoutWeightsIsRefused() {
        Map<String, byte[]> files = files();
        files.remove("config.json");
        hub.with(REPO, files);
        assertThat(failure()).contains("has no config.json");
        hub.with(REPO, Map.of("config.json", new byte[2], "model.gguf", new byte[3]));
        assertThat(failure()).contains("0 .safetensors files");
    }
}
