package dev.headlight.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.fault.BadSetting;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrecisionTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "half", "Float16", "bfloat16", "float64", "auto "})
    void aDtypeThatIsNoneIsRefused(String dtype) {
        assertThatThrownBy(() -> Precision.of(dtype))
                .isInstanceOf(BadSetting.class)
                .hasMessage("headlight.dtype is '" + dtype + "' and must be auto, float32 or float16");
    }

    @ParameterizedTest
    @EnumSource
    void aSettingIsItsNameInLowerCase(Precision precision) {
        assertThat(Precision.of(precision.toString())).isEqualTo(precision);
    }

    @ParameterizedTest
    @CsvSource({
        "F16, float16",
        "F16 I64 BOOL, float16", // buffers are no weights
        "F32, float32",
        "BF16, float32", // its range is wider
        "F16 F32, float32",
        "F16 BF16, float32",
        "F64, float32",
        "I64, float32"
    })
    void aGpuComputesInTheFilesOwnFloat16(String stored, String dtype) {
        Set<String> dtypes = Set.of(stored.split(" "));
        assertThat(Precision.AUTO.dtype(true, () -> dtypes)).hasToString(dtype);
        assertThat(Precision.AUTO.dtype(false, () -> dtypes)).hasToString("float32");
    }

    @Test
    void whatIsAskedForIsDoneOnEveryDeviceWithoutALookAtTheFiles() {
        for (boolean gpu : new boolean[] {true, false}) {
            assertThat(Precision.FLOAT16.dtype(gpu, () -> null)).hasToString("float16");
            assertThat(Precision.FLOAT32.dtype(gpu, () -> null)).hasToString("float32");
        }
    }
}
