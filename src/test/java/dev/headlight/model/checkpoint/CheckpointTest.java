package dev.headlight.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.Fixture;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.SafetensorsFile;
import dev.headlight.tensor.SafetensorsWriter;
import dev.headlight.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints that are refused, each a fixture with one thing wrong. */
class CheckpointTest {
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

    private void configure(String key, Object value) throws IOException {
        Path file = folder.resolve("config.json");
        JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        if (value instanceof Number number) {
            json.addProperty(key, number);
        } else {
            json.addProperty(key, (String) value);
        }
        Files.writeString(file, json.toString());
    }

    /** Writes the weights anew; those that are null are left out. */
    private void rewrite(Map<String, long[]> changed) throws IOException {
        Path file = folder.resolve("model.safetensors");
        SafetensorsFile old = new SafetensorsFile(file);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        old.names().forEach(name -> shapes.put(name, old.shape(name)));
        changed.forEach((name, shape) -> shapes.compute(name, (n, before) -> shape.length == 0 ? null : shape));
        try (AnswerMemory kept = new AnswerMemory();
                OutputStream out = Files.newOutputStream(folder.resolve("new"))) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            shapes.forEach((name, shape) -> {
                int size = 1;
                String[] dims = new String[shape.length];
                for (int i = 0; i < shape.length; i++) {
                    size *= (int) shape[i];
                    dims[i] = "axis";
                }
                tensors.put(name, kept.keep(new float[size], shape, dims));
            });
            SafetensorsWriter.write(tensors, Map.of(), out);
        }
        Files.delete(file);
        Files.move(folder.resolve("new"), file);
    }

    @Test
    void aCopyOfAFixtureIsLoaded() throws IOException {
        Fixture.copy("gpt2", folder);
        load();
        rewrite(Map.of());
        load();
    }

    @Test
    void aPickleIsRefusedWithTheLinesThatConvertIt() throws IOException {
        Fixture.copy("gpt2", folder);
        Files.delete(folder.resolve("model.safetensors"));
        Files.createFile(folder.resolve("pytorch_model.bin"));
        assertThat(Checkpoint.isIn(folder)).isTrue(); // it is listed, with the reason
        refused(
                "pytorch_model.bin is a Python pickle, which is not read because it can run code; convert its state dict once with\n"
                        + "  import torch, safetensors.torch as st\n");
        refused(
                "torch.load(\"pytorch_model.bin\", map_location=\"cpu\", weights_only=True).items()}, \"model.safetensors\")");
    }

    @Test
    void aFolderWithoutWeightsIsListedWithItsReason() throws IOException {
        Fixture.copy("gpt2", folder);
        Files.delete(folder.resolve("model.safetensors"));
        assertThat(Checkpoint.isIn(folder)).isTrue();
        refused("the folder holds no .safetensors file");
    }

    @Test
    void aMissingWeightIsNamed() throws IOException {
        Fixture.copy("gpt2", folder);
        rewrite(Map.of("transformer.h.1.mlp.c_fc.bias", new long[0]));
        refused("weight transformer.h.1.mlp.c_fc.bias is missing");
    }

    @Test
    void aWeightThatTheArchitectureDoesNotKnowIsNamed() throws IOException {
        Fixture.copy("gpt2", folder);
        rewrite(Map.of("score.weight", new long[] {2}));
        refused("weights that the architecture does not know (1): score.weight");
        rewrite(Map.of("transformer.h.0.attn.rotary", new long[] {1}));
        refused("weights that the architecture does not know (2): score.weight, transformer.h.0.attn.rotary");
    }

    @Test
    void aWeightOfAnotherShapeIsNamedWithBothShapes() throws IOException {
        Fixture.copy("gpt2", folder);
        rewrite(Map.of("transformer.ln_f.weight", new long[] {11}));
        refused("weight transformer.ln_f.weight has shape [11] and must have [12]");
    }

    @Test
    void aConfigAtOddsWithTheWeightsIsRefused() throws IOException {
        Fixture.copy("encoder_pre_gelu", folder);
        configure("num_layers", 1);
        refused("weights that the architecture does not know");
        configure("num_layers", 3_000_000);
        refused("config.json: 3000000 layers are more than 10000");
        configure("num_layers", 3);
        refused("is missing");
        configure("dim_feedforward", 21);
        refused("must have [21");
    }

    @Test
    void buffersThatAreNoWeightsAreIgnored() throws IOException {
        Fixture.copy("gpt2", folder);
        rewrite(Map.of("transformer.h.0.attn.bias", new long[] {1, 1, 4, 4}));
        load();
    }

    @Test
    void anUnsoundFileIsNamed() throws IOException {
        Fixture.copy("gpt2", folder);
        Files.write(folder.resolve("model.safetensors"), new byte[20]);
        refused("model.safetensors: its header would have 0 bytes");
    }

    @Test
    void theHashIsThatOfTheFilesByName() {
        assertThat(new Checkpoint(Fixture.resource("/fixtures/gpt2")).sha256().join())
                .hasSize(64);
        Checkpoint shards = new Checkpoint(Fixture.resource("/fixtures/gpt2_hub_f16_sharded"));
        assertThat(shards.sha256().join()).hasSize(64);
        assertThat(shards.sha256()).isSameAs(shards.sha256()); // computed once
    }

    @Test
    void aTiedUnembeddingThatDiffersFromTheEmbeddingIsRefused() throws IOException {
        Fixture.copy("gpt2_variants", folder);
        Path file = folder.resolve("config.json");
        Files.writeString(
                file,
                Files.readString(file).replace("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true"));
        refused("lm_head.weight differs from the token embeddings");
    }

    @Test
    void anEncoderSaysTheEpsOfItsFinalNormWhereItCannotBeTold() throws IOException {
        Fixture.copy("encoder_pre_gelu_norm", folder);
        Path file = folder.resolve("config.json");
        Files.writeString(file, Files.readString(file).replaceAll(",\\s*\"final_norm_eps\": [0-9.e-]+", ""));
        refused("final_norm_eps is missing");
    }

    @Test
    void aMisspeltKeyOfAnEncoderIsRefusedBecauseItsWeightsWouldFitAnyway() throws IOException {
        Fixture.copy("encoder_pre_gelu", folder);
        Path file = folder.resolve("config.json");
        Files.writeString(file, Files.readString(file).replace("norm_first", "normfirst"));
        refused("normfirst is not known");
    }
}
