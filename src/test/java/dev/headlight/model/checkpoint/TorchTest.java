package dev.headlight.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.Fixture;
import dev.headlight.model.fault.BadSetting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TorchTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "tpu", "CPU", "gpu:", "gpu:-1", "gpu:1234", "cpu:0"})
    void aDeviceThatIsNoneIsRefused(String device) {
        assertThatThrownBy(() -> new Torch(device, 1, Precision.AUTO, MmapPolicy.AUTO, true))
                .isInstanceOf(BadSetting.class)
                .hasMessage("headlight.device is '" + device + "' and must be auto, cpu, gpu or gpu:N");
    }

    @Test
    void aGpuThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> new Torch("gpu:99", 1, Precision.AUTO, MmapPolicy.AUTO, true))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("CUDA devices");
    }

    @Test
    void theEngineSaysItsVersionAndDevice() {
        assertThat(Fixture.TORCH.version()).isEqualTo("2.7.1");
        assertThat(Fixture.TORCH.deviceName()).isEqualTo("cpu");
        assertThat(Fixture.TORCH.onGpu()).isFalse();
    }
}
