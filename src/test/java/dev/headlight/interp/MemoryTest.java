package dev.headlight.interp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.interp.read.Activations;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.NativeArrays;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.AnswerMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Native memory: an answer that is closed leaves none of the arrays of its request. */
class MemoryTest {
    @TempDir
    private Path folder;

    /** Weights in float16 are copied, and folded with the norms and scales that an architecture has around its blocks. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "bloom", "opt", "gemma2", "olmo2", "falcon_40b", "opt_post"})
    void headsLeaveNoNativeArrayBehind(String name) {
        try (HookedModel half = Fixture.of(name).on(Fixture.HALF).model()) {
            long before = NativeArrays.count();
            for (int i = 0; i < 3; i++) {
                try (AnswerMemory kept = new AnswerMemory()) {
                    Session session = Requests.session(half, kept);
                    EveryAnalysis.headScores(session, Requests.inputs(session, new int[] {3, 4, 5, 3}));
                }
            }
            assertThat(NativeArrays.count()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gpt2_variants"})
    void analysesLeaveNoNativeArrayBehind(String name) {
        Fixture f = Fixture.of(name);
        EveryAnalysis.run(f);
        long before = NativeArrays.count();
        for (int i = 0; i < 5; i++) {
            EveryAnalysis.run(f);
        }
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    @Test
    void requestsThatAreRefusedLeaveNoNativeArrayBehind() {
        Fixture f = Fixture.of("gpt2");
        int[] a = f.prompts().get("a");
        long before = NativeArrays.count();
        for (int i = 0; i < 5; i++) {
            try (AnswerMemory kept = new AnswerMemory()) {
                Session session = Requests.session(f.model(), kept);
                for (String bad : List.of(
                        "[{'hook':'z','layer':0,'heads':[9],'action':{'type':'zero'}}]",
                        "[{'hook':'q','layer':0,'action':{'type':'patch','source':[1]}}]",
                        "[{'hook':'z','layer':0,'action':{'type':'project_out','vector':[0,0,0,0]}}]",
                        "[{'hook':'q','layer':0,'action':{'type':'add','vector':[1]}}]")) {
                    assertThatThrownBy(() -> Requests.intervene(session, f, bad, List.of("logits"), a))
                            .isInstanceOf(BadSelection.class);
                }
            }
        }
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    @Test
    void anAnalysisThatFailsHalfwayLeavesNoNativeArrayBehind() {
        Fixture f = Fixture.of("gpt2");
        int[] a = f.prompts().get("a");
        long before = NativeArrays.count();
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            // a layer that no check has seen fails only after the run
            List<HookName> absent = List.of(new HookName(7, Site.Z));
            assertThatThrownBy(() -> Activations.compute(
                            session, Requests.inputs(session, a), new Activations.Query(absent, null)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("blocks.7.attn.hook_z was not reached");
        }
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    @Test
    void aResultIsThereUntilItIsClosedAndThenGone() {
        Fixture f = Fixture.of("gpt2");
        long before = NativeArrays.count();
        AnswerMemory kept = new AnswerMemory();
        Session session = Requests.session(f.model(), kept);
        Activations.compute(
                session,
                Requests.inputs(session, f.prompts().get("a")),
                new Activations.Query(List.of(HookName.of(Site.LOGITS)), null));
        assertThat(NativeArrays.count()).isEqualTo(before + 2); // the logits, and the memory that holds them
        kept.close();
        kept.close();
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    @Test
    void aModelThatIsClosedOrRefusedLeavesNothing() throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Fixture.resource("/fixtures/gpt2/" + file), folder.resolve(file));
        }
        Files.copy(Fixture.resource("/fixtures/tokenizer/gpt2/tokenizer.json"), folder.resolve("tokenizer.json"));
        Checkpoint checkpoint = new Checkpoint(folder);
        load(checkpoint);
        long before = NativeArrays.count();
        load(checkpoint);
        Path config = folder.resolve("config.json");
        String json = Files.readString(config);
        for (String layers : List.of("\"n_layer\": 1,", "\"n_layer\": 3,")) { // one unused, one missing
            Files.writeString(config, json.replace("\"n_layer\": 2,", layers));
            assertThatThrownBy(() -> load(checkpoint)).isInstanceOf(ModelRefused.class);
        }
        Files.writeString(config, json);
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        assertThatThrownBy(() -> load(checkpoint)).isInstanceOf(ModelRefused.class);
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    private static void load(Checkpoint checkpoint) {
        new Architectures().load("once", checkpoint, Fixture.TORCH).close();
    }
}
