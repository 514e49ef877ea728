package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningService
class HealthTest {
    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/actuator/health/liveness", "/actuator/health/readiness"})
    void livenessAndReadinessAreApart(String path) {
        Api.Reply reply = api.get(path);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().get("status").getAsString()).isEqualTo("UP");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/swagger-ui/index.html"})
    void thereArePagesForPeople(String path) {
        Api.Reply reply = api.get(path);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.type()).startsWith("text/html");
    }

    @Test
    void modelsAreListedWithTheirSizes() {
        JsonObject micro = null;
        for (var model : api.get("/models").json().getAsJsonArray("models")) {
            if (model.getAsJsonObject().get("id").getAsString().equals("micro")) {
                micro = model.getAsJsonObject();
            }
        }
        assertThat(micro).isNotNull();
        assertThat(micro.get("architecture").getAsString()).isEqualTo("gpt2");
        assertThat(micro.get("n_layers").getAsInt()).isEqualTo(4);
        assertThat(micro.get("n_heads").getAsInt()).isEqualTo(8);
        assertThat(micro.get("d_model").getAsInt()).isEqualTo(256);
        assertThat(micro.get("context_length").getAsInt()).isEqualTo(128);
        assertThat(micro.get("default").getAsBoolean()).isTrue();
        assertThat(micro.get("loaded").getAsBoolean()).isTrue();
    }
}
