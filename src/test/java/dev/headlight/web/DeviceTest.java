package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.BadSetting;
import dev.headlight.model.Torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
    /** No machine has a thousand GPUs, so this holds on those that have some too. */
    @Test
    void aGpuThatIsNotThereIsAClearError() {
        assertThatThrownBy(() -> new Torch("gpu:999", 1))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("headlight.device")
                .hasMessageContaining("CUDA");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tpu", "gpu:", "GPU", ""})
    void anUnknownDeviceIsAClearError(String device) {
        assertThatThrownBy(() -> new Torch(device, 1))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("auto, cpu, gpu or gpu:N");
    }

    @Test
    void theMessageBecomesTheReportOfTheFailedStart() {
        var analysis = new BadSettingAnalyzer().analyze(new BadSetting("headlight.device", "is wrong"));
        assertThat(analysis.getDescription()).isEqualTo("headlight.device is wrong");
    }
}
