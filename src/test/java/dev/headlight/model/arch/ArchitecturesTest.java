package dev.headlight.model.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.headlight.model.Fixture;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArchitecturesTest {
    @TempDir
    private Path folder;

    private Config config(String json) throws IOException {
        return Config.read(Files.writeString(folder.resolve("config.json"), json.replace('\'', '"')));
    }

    /** Every class of this package that is an architecture, found in the compiled classes. */
    private static List<Architecture> written() {
        return new ClassFileImporter()
                .importPackages(Architecture.class.getPackageName()).stream()
                        .filter(c -> c.isAssignableTo(Architecture.class) && !c.isInterface())
                        .map(ArchitecturesTest::instance)
                        .toList();
    }

    private static Architecture instance(JavaClass type) {
        try {
            Constructor<?> constructor = type.reflect().getDeclaredConstructor();
            constructor.setAccessible(true);
            return (Architecture) constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void everyArchitectureThatIsWrittenIsInTheList() throws IOException {
        assertThat(written()).isNotEmpty();
        for (Architecture architecture : written()) {
            Architecture listed = Architectures.of(config("{'model_type': '" + architecture.modelType() + "'}"));
            assertThat(listed).isExactlyInstanceOf(architecture.getClass());
        }
    }

    @Test
    void everyArchitectureHasAFixture() {
        Set<String> tested =
                Fixture.own().stream().map(f -> f.model().info().architecture()).collect(Collectors.toSet());
        assertThat(written()).extracting(Architecture::modelType).allMatch(tested::contains);
    }

    @Test
    void anUnknownModelTypeIsRefusedByNameWithThoseThatAreKnown() {
        assertThatThrownBy(() -> new Architectures().info(config("{'model_type': 'mamba'}")))
                .isInstanceOf(ModelRefused.class)
                .hasMessageMatching("model_type mamba is not implemented; there are .*gpt2, .*llama, .*");
        assertThatThrownBy(() -> new Architectures().info(config("{'model_type': 'GPT2'}")))
                .isInstanceOf(ModelRefused.class);
    }

    private void refused(String fixture, String from, String to, String message) throws IOException {
        Path source = Fixture.resource("/fixtures/" + fixture);
        String json = Files.readString(source.resolve("config.json"));
        assertThat(json).contains(from);
        Files.writeString(folder.resolve("config.json"), json.replace(from, to));
        Files.copy(source.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        assertThatThrownBy(() -> new Architectures().load("x", new Checkpoint(folder), Fixture.TORCH))
                .isInstanceOf(ModelRefused.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "gpt2 | \"activation_function\": \"gelu_new\" | \"activation_function\": \"mish\" | activation mish is not implemented; there are [gelu, gelu_fast, gelu_new, gelu_python, gelu_pytorch_tanh, quick_gelu, relu, relu2, silu, swish, tanh]",
                "encoder_pre_gelu | \"gelu\" | \"elu\" | activation elu is not implemented; there are [gelu, gelu_fast, gelu_new, gelu_python, gelu_pytorch_tanh, quick_gelu, relu, relu2, silu, swish, tanh]",
                "gpt2 | \"add_cross_attention\": false | \"add_cross_attention\": true | config.json: add_cross_attention is not implemented",
                "gpt2 | \"n_head\": 3 | \"n_head\": 5 | config.json: the width 12 is not a multiple of 5 heads",
                "encoder_pre_gelu | \"nhead\": 3 | \"nhead\": 5 | config.json: the width 12 is not a multiple of 5 heads",
                "llama_linear | \"rope_type\": \"linear\" | \"rope_type\": \"proportional\" | config.json: rope_type proportional is not implemented; there are default, linear, dynamic, llama3, yarn, longrope",
                "llama | \"mlp_bias\": true | \"mlp_bias\": true, \"is_causal\": false | config.json: is_causal false is not implemented; only true is supported",
                "llama | \"mlp_bias\": true | \"mlp_bias\": true, \"partial_rotary_factor\": 0.5 | config.json: partial_rotary_factor 0.5 is not implemented for this family",
                "phi3_longrope | \"rope_type\": \"longrope\" | \"rope_type\": \"linear\" | config.json: rope_type linear is not implemented for this family",
                "mpt | \"alibi_bias_max\": 8 | \"alibi_bias_max\": 16 | config.json: attn_config.alibi_bias_max 16 is not implemented; only 8 is supported",
                "llama | \"num_key_value_heads\": 2 | \"num_key_value_heads\": 3 | config.json: the number of heads 4 is not a multiple of 3 heads",
                "llama | \"mlp_bias\": true | \"mlp_bias\": true, \"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4} | quantised weights (gptq) are not implemented",
            })
    void whatIsNotImplementedIsRefusedByName(String fixture, String from, String to, String message)
            throws IOException {
        refused(fixture, from, to, message);
    }

    /** Each before anything of that size is made. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "gpt2 | \"vocab_size\": 40 | \"vocab_size\": 2147483647 | weight transformer.wte.weight has shape [40, 12] and must have [2147483647, 12]",
                "gpt2 | \"n_layer\": 2 | \"n_layer\": 1000000000 | config.json: 1000000000 layers are more than 10000",
                "mixtral | \"num_local_experts\": 4 | \"num_local_experts\": 1000000000 | config.json: 1000000000 experts are more than 10000",
                "llama_dynamic | \"factor\": 2.0 | \"factor\": 0 | config.json: the context is 0 positions",
            })
    void sizesBeyondReasonAreRefused(String fixture, String from, String to, String message) throws IOException {
        refused(fixture, from, to, message);
    }

    @Test
    void aGroupOfNoLayersIsNotRepeated() throws IOException {
        Path source = Fixture.of("gpt_neo").folder();
        String json = Files.readString(source.resolve("config.json"));
        String hostile = json.replace("\"attention_types\": [", "\"attention_types\": [[[], 2147483647],");
        assertThat(hostile).isNotEqualTo(json);
        Files.writeString(folder.resolve("config.json"), hostile);
        Files.copy(source.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> new Architectures()
                        .load("x", new Checkpoint(folder), Fixture.TORCH)
                        .close());
    }

    @Test
    void sizesComeFromTheConfigAlone() {
        ModelInfo info = Fixture.of("gpt2").model().info();
        assertThat(info.nLayers()).isEqualTo(2);
        assertThat(info.nHeads()).isEqualTo(3);
        assertThat(info.dHead()).isEqualTo(4);
        assertThat(info.dMlp()).isEqualTo(48);
        assertThat(info.vocabSize()).isEqualTo(40);
        assertThat(info.causal()).isTrue();
        ModelInfo encoder = Fixture.of("encoder_post_relu").model().info();
        assertThat(encoder.contextLength()).isNull();
        assertThat(encoder.causal()).isFalse();
        assertThat(encoder.dMlp()).isEqualTo(20);
    }
}
