package dev.headlight.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.BadSetting;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.fault.UnknownModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsTest {
    @TempDir
    private Path folder;

    private Torch torch = Fixture.TORCH;

    private Models models(String defaultId) {
        return models(defaultId, (m, t) -> {});
    }

    private Models models(String defaultId, BiConsumer<HookedModel, Duration> onLoad) {
        Checkpoint embedded = new Checkpoint(Fixture.resource("/fixtures/gpt2"));
        return new Models(
                new Catalogue("micro", embedded, folder, defaultId),
                torch,
                new Architectures(),
                new MemoryBudget(1 << 30),
                Duration.ofSeconds(5),
                onLoad);
    }

    private Path add(String id, String fixture) throws IOException {
        Path own = Files.createDirectory(folder.resolve(id));
        Fixture.copy(fixture, own);
        return own;
    }

    private static HookedModel get(Models models, String id) {
        try (Admission<?> admission = models.admit(id, "model")) {
            return admission.model();
        }
    }

    private static Models.Listed listed(Models models, String id) {
        return models.list().stream().filter(m -> m.id().equals(id)).findFirst().orElseThrow();
    }

    @Test
    void everyFolderWithAConfigAndWeightsIsAModelAndIsLoadedOnce() throws IOException {
        add("b", "gpt2_hub_f16_sharded");
        add("a", "encoder_pre_gelu");
        Files.createDirectory(folder.resolve("empty"));
        Files.createFile(folder.resolve("file"));
        try (Models models = models("micro")) {
            assertThat(models.list()).extracting(Models.Listed::id).containsExactly("a", "b", "micro");
            assertThat(listed(models, "b").loaded()).isFalse();
            HookedModel b = get(models, "b");
            assertThat(get(models, "b")).isSameAs(b);
            assertThat(listed(models, "b").loaded()).isTrue();
            assertThat(models.list()).extracting(Models.Listed::dtype).containsOnly("float32");
            assertThat(get(models, null).id()).isEqualTo("micro");
            add("later", "gpt2_unscaled");
            assertThat(get(models, "later").info().nLayers()).isPositive();
        }
    }

    @Test
    void aModelIsLoadingUntilItIsLoaded() {
        AtomicReference<Models> all = new AtomicReference<>();
        List<String> states = new ArrayList<>();
        try (Models models =
                models("micro", (m, t) -> states.add(all.get().detail(m.id()).state()))) {
            all.set(models);
            assertThat(models.detail("micro").state()).isEqualTo("available");
            models.load("micro");
            assertThat(states).containsExactly("loading");
            assertThat(models.detail("micro").state()).isEqualTo("loaded");
        }
    }

    @Test
    void theListSaysWhatAModelComputesInLoadedOrNot() throws IOException {
        add("wide", "encoder_pre_gelu");
        torch = Fixture.HALF;
        try (Models models = models("micro")) {
            get(models, "micro");
            assertThat(models.list()).extracting(Models.Listed::dtype).containsExactly("float16", "float16");
            Files.writeString(folder.resolve("wide/config.json"), "{}");
            assertThat(listed(models, "wide").dtype()).isNull();
        }
    }

    @Test
    void aFolderOfTheEmbeddedNameDoesNotHideIt() throws IOException {
        add("micro", "encoder_pre_gelu");
        try (Models models = models("micro")) {
            assertThat(get(models, "micro").info().architecture()).isEqualTo("gpt2");
            assertThat(models.list()).hasSize(1);
        }
    }

    @Test
    void aModelThatIsRefusedIsListedWithItsReason() throws IOException {
        Path pickle = add("pickle", "gpt2");
        Files.move(pickle.resolve("model.safetensors"), pickle.resolve("pytorch_model.bin"));
        Path broken = add("broken", "gpt2");
        Files.writeString(broken.resolve("config.json"), "{}");
        Path thin = add("short", "gpt2");
        String config = Files.readString(thin.resolve("config.json"));
        Files.writeString(thin.resolve("config.json"), config.replace("\"n_layer\": 2", "\"n_layer\": 3"));
        try (Models models = models("micro")) {
            assertThat(listed(models, "pickle").reason()).contains("Python pickle");
            assertThat(listed(models, "broken").reason()).isEqualTo("config.json: model_type is missing");
            assertThat(listed(models, "short").reason()).isNull(); // its config alone is sound
            assertThatThrownBy(() -> get(models, "short")).isInstanceOf(ModelRefused.class);
            assertThat(listed(models, "short").reason())
                    .contains("transformer.h.2")
                    .contains("missing");
            Files.writeString(thin.resolve("config.json"), config);
            assertThat(get(models, "short").info().nLayers()).isEqualTo(2);
            assertThat(listed(models, "short").reason()).isNull();
        }
    }

    @Test
    void anUnknownModelIsNamedWithThoseThatThereAre() {
        try (Models models = models("micro")) {
            for (String id : new String[] {"other", "../micro", "", "."}) {
                assertThatThrownBy(() -> get(models, id))
                        .isInstanceOf(UnknownModel.class)
                        .hasMessage(id + " is not a known model; known models are micro");
            }
            assertThatThrownBy(() -> get(models, "x".repeat(10_000)))
                    .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(200));
        }
    }

    @Test
    void aDefaultOrAFolderThatIsNotThereStopsTheStart() {
        assertThatThrownBy(() -> models("other"))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("headlight.default-model is other");
        folder = folder.resolve("absent");
        assertThatThrownBy(() -> models("micro"))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("headlight.models-dir");
    }
}
