package dev.headlight.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
    @TempDir
    private Path folder;

    /** Quotes are single in {@code json}. */
    private Config config(String json) throws IOException {
        return Config.read(Files.writeString(folder.resolve("config.json"), json.replace('\'', '"')));
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(ModelRefused.class).hasMessage(message);
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        Config c = config("{'model_type': null}");
        refused(c::modelType, "config.json: model_type is missing");
        refused(() -> c.size("n_layer"), "config.json: n_layer is missing");
        assertThat(c.size("n_layer", 7)).isEqualTo(7);
        assertThat(c.number("eps", 1e-5)).isEqualTo(1e-5);
        assertThat(c.flag("tied", true)).isTrue();
        assertThat(c.string("activation", "relu")).isEqualTo("relu");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.5", "'3'", "true", "[3]", "{}", "2147483648", "-2147483649", "1e300"})
    void aSizeMustBeAnIntegerOfThirtyTwoBits(String value) throws IOException {
        Config c = config("{'n': " + value + "}");
        refused(() -> c.size("n"), "config.json: n must be an integer");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void aSizeMustBeAtLeastOne(int value) throws IOException {
        Config c = config("{'n': " + value + "}");
        refused(() -> c.size("n"), "config.json: n is " + value + " and must be at least 1");
    }

    @Test
    void integersMayBeWrittenAsFloats() throws IOException {
        assertThat(config("{'n': 3.0}").size("n")).isEqualTo(3);
        assertThat(config("{'n': 1e3}").size("n")).isEqualTo(1000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"'true'", "1", "[true]", "{}"})
    void aFlagMustBeTrueOrFalse(String value) throws IOException {
        Config c = config("{'f': " + value + "}");
        refused(() -> c.flag("f", true), "config.json: f must be true or false");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'1e-5'", "true", "[1]", "{}"})
    void aNumberMustBeOne(String value) throws IOException {
        Config c = config("{'x': " + value + "}");
        refused(() -> c.number("x", 1), "config.json: x must be a number");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "true", "['gpt2']", "{}"})
    void aStringMustBeOne(String value) throws IOException {
        Config c = config("{'model_type': " + value + "}");
        refused(c::modelType, "config.json: model_type must be a string");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "{", "{'a' 1}", "gpt2"})
    void aFileThatIsNoJsonObjectIsRefused(String json) {
        assertThatThrownBy(() -> config(json))
                .isInstanceOf(ModelRefused.class)
                .hasMessageStartingWith("config.json cannot be read");
    }

    @Test
    void aFileThatIsHugeOrNestedWithoutEndIsRefused() {
        refused(() -> config("{'a': '" + "x".repeat(1 << 20) + "'}"), "config.json is larger than 1048576 bytes");
        assertThatThrownBy(() -> config("{'a':" + "[".repeat(500_000)))
                .isInstanceOf(ModelRefused.class)
                .hasMessageStartingWith("config.json cannot be read");
    }

    @Test
    void aFolderWithoutAConfigIsRefused() throws IOException {
        Files.copy(Path.of("src/test/resources/fixtures/gpt2/model.safetensors"), folder.resolve("model.safetensors"));
        assertThatThrownBy(() -> new Checkpoint(folder).config())
                .isInstanceOf(ModelRefused.class)
                .hasMessageStartingWith("config.json is not in the folder");
    }
}
