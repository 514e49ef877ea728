package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;

/** With the limits that are set by default: two minutes, and 1,024 bytes per second after ten seconds. */
@RunningService
class RequestBodiesTest {
    @Autowired
    RequestBodies bodies;

    @ParameterizedTest
    @CsvSource({
        "9, 0, false",
        "10, 0, false",
        "11, 1023, true",
        "11, 1024, false",
        "60, 51199, true",
        "60, 51200, false",
        "120, 8000000, false",
        "121, 8000000, true"
    })
    void aBodyIsTooSlowByItsTimeOrItsRate(int seconds, long bytes, boolean tooSlow) {
        assertThat(bodies.isTooSlow(Duration.ofSeconds(seconds), bytes)).isEqualTo(tooSlow);
    }
}
