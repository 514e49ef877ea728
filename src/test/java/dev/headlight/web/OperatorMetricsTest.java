package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningService
@ExtendWith(OutputCaptureExtension.class)
class OperatorMetricsTest {
    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @Test
    void everythingAnOperatorWatchesIsCounted() {
        double pictures = value("headlight_pictures_total{format=\"png\"}");
        double forwards = value("headlight_forward_seconds_count{model=\"micro\"}");
        double waits = value("headlight_queue_wait_seconds_count");
        String requests = "http_server_requests_seconds_count\\{[^}]*status=\"200\",uri=\"/attention\"[^}]*\\}";
        double answered = value(requests);
        assertThat(api.post("/attention", "{\"input\":[1,2]}", "image/png").status())
                .isEqualTo(200);
        assertThat(value("headlight_pictures_total{format=\"png\"}")).isEqualTo(pictures + 1);
        assertThat(value("headlight_forward_seconds_count{model=\"micro\"}")).isEqualTo(forwards + 1);
        assertThat(value("headlight_queue_wait_seconds_count")).isEqualTo(waits + 1);
        assertThat(value(requests)).isEqualTo(answered + 1);
        assertThat(value("headlight_model_load_seconds_count{model=\"micro\"}")).isEqualTo(1);
        assertThat(value("headlight_native_arrays")).isGreaterThan(50); // the weights
        assertThat(value("headlight_native_bytes")).isGreaterThan(10_000_000);
        assertThat(value("headlight_queue_depth")).isZero();
        assertThat(value("headlight_workers_busy")).isZero();
    }

    @Test
    void theTraceOfTheClientIsInTheLogTheHeaderAndTheError(CapturedOutput output) {
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        HttpRequest request = HttpRequest.newBuilder(api.uri("/attention"))
                .header("Content-Type", "application/json")
                .header("traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        Api.Reply reply = api.send(request);
        assertThat(reply.header("X-Request-Id")).isEqualTo(trace);
        assertThat(reply.json().get("request_id").getAsString()).isEqualTo(trace);
        assertThat(output.getOut()).contains("[" + trace + "]", "POST /attention 422");
    }

    /** Of the one line that begins so; 0 where there is none yet. */
    private double value(String name) {
        String text = api.get("/actuator/prometheus").text();
        String pattern = name.startsWith("http") ? name : Pattern.quote(name);
        Matcher line =
                Pattern.compile("^" + pattern + " (\\S+)$", Pattern.MULTILINE).matcher(text);
        return line.find() ? Double.parseDouble(line.group(1)) : 0;
    }
}
