package dev.headlight.web.analysis;

import static dev.headlight.web.Problems.assertInvalid;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import dev.headlight.web.Api;
import dev.headlight.web.RunningService;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code POST /attention}: which values it answers, and what it refuses. */
@RunningService
class AttentionControllerTest {
    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @Test
    void maskedScoresAreNull() {
        Api.Reply reply = api.postJson("/attention", "{'model':'gpt2','input':[7,8],'kind':'scores'}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        JsonArray row = reply.result(0)
                .getAsJsonObject("attention")
                .getAsJsonArray("data")
                .get(0)
                .getAsJsonArray()
                .get(0)
                .getAsJsonArray()
                .get(0)
                .getAsJsonArray();
        assertThat(row.get(0).isJsonNull()).isFalse();
        assertThat(row.get(1).isJsonNull()).isTrue();
    }

    /** gpt2 has 2 layers, 3 heads, d_model 12 and 43 tokens. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            {"model":"gpt2","input":[1],"layers":[2]} | layers[0] | 0..1
            {"model":"gpt2","input":[1],"layers":[-1]} | layers[0] | 0..1
            {"model":"gpt2","input":[1],"layers":[]} | layers | empty
            {"model":"gpt2","input":[1],"layers":[1,1]} | layers[1] | repeated
            {"model":"gpt2","input":[1],"heads":[3]} | heads[0] | 0..2
            {"model":"gpt2","input":[1],"kind":"nope"} | kind | value_weighted
            {"model":"gpt2","input":[1],"kind":0} | kind | value_weighted
            {"model":"gpt2","input":[1],"average_heads":"yes"} | average_heads | true or false
            """)
    void aRefusalNamesTheFieldAndItsRange(String body, String field, String says) {
        assertInvalid(api.post("/attention", body), field, says);
    }
}
