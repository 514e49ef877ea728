package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.headlight.model.HeldEngine;
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
        HeldEngine.waitFor(() -> output.getOut().contains("POST /attention 422"));
        assertThat(output.getOut()).contains("[" + trace + "]");
    }

    @Test
    void latencyQueueAndComputeTimeAreHistogramsByEndpoint() {
        String queue = "headlight_request_queue_seconds_count{uri=\"/lens\"}";
        String compute = "headlight_request_compute_seconds_bucket{uri=\"/lens\",le=\"+Inf\"}";
        String latency =
                "http_server_requests_seconds_bucket{method=\"POST\",outcome=\"SUCCESS\",status=\"200\",uri=\"/lens\",le=\"";
        double queued = value(queue);
        double computed = value(compute);
        double answered = value(latency + "+Inf\"}");
        double tokens = value("headlight_tokens_total{model=\"micro\"}");
        assertThat(api.post("/lens", "{\"input\":[1,2,3]}").status()).isEqualTo(200);
        HeldEngine.waitFor(() -> value("headlight_tokens_total{model=\"micro\"}") == tokens + 3);
        assertThat(value(queue)).isEqualTo(queued + 1);
        assertThat(value(compute)).isEqualTo(computed + 1);
        assertThat(value(latency + "+Inf\"}")).isEqualTo(answered + 1);
        assertThat(value(latency + "600.0\"}")).isEqualTo(answered + 1);
        assertThat(value("headlight_request_compute_seconds_sum{uri=\"/lens\"}"))
                .isPositive();
    }

    @Test
    void unknownPathsMethodsAndModelsMakeNoSeries() {
        for (int i = 0; i < 5; i++) {
            api.get("/unknown-path-" + i);
            api.get("/models/unknown-model-" + i);
            api.post("/attention", "{\"model\":\"unknown-model-" + i + "\",\"input\":[1]}");
            api.send(HttpRequest.newBuilder(api.uri("/attention"))
                    .method("UNKNOWN" + i, HttpRequest.BodyPublishers.noBody())
                    .build());
        }
        String metrics = api.get("/actuator/prometheus").text();
        assertThat(metrics)
                .doesNotContain("unknown-path", "unknown-model", "UNKNOWN0", "exception=", "error=", "spring_security");
        assertThat(metrics).contains("status=\"404\",uri=\"/models/{id}\"", "status=\"404\",uri=\"/**\"");
    }

    @Test
    void theBuildIsToldAsAMetricAndAsInformation() {
        String metrics = api.get("/actuator/prometheus").text();
        assertThat(metrics)
                .containsPattern("(?m)^headlight_build_info\\{commit=\"[0-9a-z]+\",java=\"17[^\"]*\",pytorch=\"2.7.1\","
                        + "version=\"[0-9][^\"]*\"} 1$");
        JsonObject info = api.get("/actuator/info").json();
        assertThat(info.getAsJsonObject("build").get("version").getAsString()).isNotEmpty();
        assertThat(info.getAsJsonObject("java").get("version").getAsString()).isNotEmpty();
        assertThat(info.getAsJsonObject("pytorch").get("version").getAsString()).isEqualTo("2.7.1");
    }

    /** Of the one line that begins so; 0 where there is none yet. */
    private double value(String name) {
        String text = api.get("/actuator/prometheus").text();
        String pattern = name.contains("[^") ? name : Pattern.quote(name);
        Matcher line =
                Pattern.compile("^" + pattern + " (\\S+)$", Pattern.MULTILINE).matcher(text);
        return line.find() ? Double.parseDouble(line.group(1)) : 0;
    }
}
