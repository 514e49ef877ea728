package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** No spelling of a model's id leads out of the models folder, whose parent has folders too. */
@RunningService
class ModelIdsTest {
    @LocalServerPort
    int port;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                ".",
                "../fixtures",
                "../fixtures/gpt2",
                "./gpt2",
                "gpt2/",
                "/gpt2",
                "gpt2/../gpt2",
                "..\\\\gpt2",
                "C:gpt2",
                "~/gpt2",
                "file:gpt2",
                "gpt2\\u0000",
                "\\uff0e\\uff0e/gpt2",
                "%2e%2e/gpt2",
                "/etc",
                "",
                "gpt2 ",
                "gpt2."
            })
    void inABody(String id) {
        JsonObject problem = new Api(port)
                .post("/attention", "{\"model\": \"" + id + "\", \"input\": [1]}")
                .json();
        assertThat(problem.get("status").getAsInt()).isEqualTo(404);
        assertThat(problem.get("type").getAsString()).isEqualTo("/problems/unknown-model");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%2e%2e",
                "..%2ffixtures%2fgpt2",
                "%2e%2e%2fgpt2",
                "gpt2%2f",
                "..%5cgpt2",
                "%c0%ae%c0%ae",
                "gpt2%00",
                "%252e%252e",
                "%ef%bc%8e%ef%bc%8e",
                "..;/gpt2",
                "C:gpt2"
            })
    void inAPath(String id) throws IOException {
        for (String method : new String[] {"GET /models/" + id, "POST /models/" + id + "/load"}) {
            try (RawClient client = new RawClient(port)) {
                client.send(method + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
                assertThat(client.answer().status()).isBetween(400, 405);
            }
        }
    }
}
