package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.model.fault.BadSetting;
import org.junit.jupiter.api.Test;
import org.springframework.boot.diagnostics.FailureAnalysis;

class BadSettingAnalyzerTest {
    @Test
    void theSettingAndItsFaultBecomeTheReportOfTheFailedStart() {
        FailureAnalysis analysis = new BadSettingAnalyzer().analyze(new BadSetting("headlight.device", "is wrong"));
        assertThat(analysis.getDescription()).isEqualTo("headlight.device is wrong");
        assertThat(analysis.getAction()).contains("headlight.device");
    }
}
