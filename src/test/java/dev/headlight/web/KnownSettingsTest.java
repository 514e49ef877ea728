package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.headlight.HeadlightApplication;
import dev.headlight.model.fault.BadSetting;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class KnownSettingsTest {
    private final KnownSettings settings = new KnownSettings();

    @ParameterizedTest
    @CsvSource({
        "headlight.devise, headlight.device",
        "headlight.modelsdirs, headlight.models-dir",
        "headlight.models.dir, headlight.models-dir",
        "headlight.limits.token-per-input, headlight.limits.tokens-per-input",
        "headlight.tokens-per-input, headlight.limits.tokens-per-input",
        "headlight.hub.endpoints, headlight.hub.endpoint",
        "headlight-device, headlight.device",
        "HEADLIGHT_DEVICE, headlight.device",
        "headlight.workers.x, headlight.workers",
        "headlight.queue[0], headlight.queue"
    })
    void aMisspeltSettingIsRefusedWithTheNearestOne(String name, String nearest) {
        assertThatThrownBy(() -> settings.check(new MapPropertySource("some", Map.of(name, "1"))))
                .isInstanceOf(BadSetting.class)
                .hasMessage(name + " is not a setting; the nearest is " + nearest);
    }

    @ParameterizedTest
    @CsvSource({
        "HEADLIGHT_DEVISE, HEADLIGHT_DEVICE, headlight.device",
        "HEADLIGHT_LIMIT_INPUTS, HEADLIGHT_LIMITS_INPUTS, headlight.limits.inputs",
        "HEADLIGHT_LIMITS_RUNBYTE, HEADLIGHT_LIMITS_RUN_BYTES, headlight.limits.run-bytes",
        "headlight_hub_enable, HEADLIGHT_HUB_ENABLED, headlight.hub.enabled"
    })
    void soIsAMisspeltEnvironmentVariable(String name, String nearest, String setting) {
        assertThatThrownBy(() -> settings.check(new SystemEnvironmentPropertySource("env", Map.of(name, "1"))))
                .isInstanceOf(BadSetting.class)
                .hasMessage(name + " is not a setting; the nearest is " + nearest + ", for " + setting);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "headlight.models-dir",
                "headlight.modelsDir",
                "headlight.models_dir",
                "headlight.limits.tokensPerInput",
                "HEADLIGHT.LIMITS.INPUTS",
                "headlight.access.keys",
                "headlight.access.keys[0]",
                "headlights.on",
                "spring.application.name"
            })
    void everySpellingThatSpringBindsIsKnown(String name) {
        assertThatCode(() -> settings.check(new MapPropertySource("some", Map.of(name, "1"))))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HEADLIGHT_MODELS_DIR",
                "HEADLIGHT_MODELSDIR",
                "headlight_models_dir",
                "HEADLIGHT_LIMITS_TOKENS_PER_INPUT",
                "HEADLIGHT_LIMITS_TOKENSPERINPUT",
                "HEADLIGHT_ACCESS_KEYS",
                "HEADLIGHT_ACCESS_KEYS_0",
                "HEADLIGHT_ACCESS_RATE_LIMIT_PERIOD",
                "HEADLIGHT_URL",
                "HEADLIGHT_PORT",
                "HEADLIGHT_PORT_8080_TCP_ADDR",
                "HEADLIGHT_SERVICE_PORT_HTTP",
                "HEADLIGHT_GPU_SERVICE_HOST",
                "HEADLIGHTS",
                "PATH"
            })
    void variablesOfSpringKubernetesAndTheScriptsAreKnown(String name) {
        assertThatCode(() -> settings.check(new SystemEnvironmentPropertySource("env", Map.of(name, "1"))))
                .doesNotThrowAnyException();
    }

    /** What the check calls known in dotted names is what Spring binds. */
    @ParameterizedTest
    @ValueSource(strings = {"headlight.defaultModel", "headlight.default_model", "headlight.default-model"})
    void springBindsThem(String name) {
        Binder binder = new Binder(new MapConfigurationPropertySource(Map.of(name, "other")));
        assertThat(binder.bind("headlight", HeadlightProperties.class).get().defaultModel())
                .isEqualTo("other");
    }

    @ParameterizedTest
    @CsvSource({
        "workers, -1, 0",
        "threads-per-worker, -1, 0",
        "queue, -1, 0",
        "memory-budget, 0B, 1",
        "memory-wait, -1s, 0",
        "limits.tokens-per-input, 0, 1",
        "limits.inputs, 0, 1",
        "limits.response-bytes, -1B, 1",
        "limits.run-bytes, 0B, 1",
        "limits.body-bytes, 0B, 1",
        "limits.picture-pixels, 0, 1",
        "limits.request-timeout, -1s, 0"
    })
    void aValueOutOfRangeIsRefusedWithItsRange(String name, String value, int least) {
        Binder binder = new Binder(new MapConfigurationPropertySource(Map.of("headlight." + name, value)));
        assertThatThrownBy(() -> binder.bind("headlight", HeadlightProperties.class))
                .isInstanceOf(BindException.class)
                .rootCause()
                .isInstanceOf(BadSetting.class)
                .hasMessage("headlight." + name + " must be at least " + least);
    }

    @Test
    void everyRecordOfSettingsIsKnown() {
        assertThat(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.headlight").stream()
                                .filter(type -> type.isAnnotatedWith(ConfigurationProperties.class))
                                .map(JavaClass::getName))
                .containsExactlyInAnyOrderElementsOf(
                        KnownSettings.RECORDS.stream().map(Class::getName).toList());
    }

    @Nested
    @ExtendWith(OutputCaptureExtension.class)
    class TheStart {
        @Test
        void endsWithOneSentence(CapturedOutput output) {
            assertThatThrownBy(() -> HeadlightApplication.main(new String[] {"--headlight.devise=cpu"}))
                    .isInstanceOf(BadSetting.class);
            assertThat(output.getAll())
                    .contains("APPLICATION FAILED TO START")
                    .contains("headlight.devise is not a setting; the nearest is headlight.device")
                    .doesNotContain("at dev.headlight");
        }
    }
}
