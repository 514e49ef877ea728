package dev.headlight.web.analysis;

import static dev.headlight.web.Problems.assertInvalid;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.headlight.web.Api;
import dev.headlight.web.RunningService;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code POST /tokenize}: tokens, raw tokens, offsets and special tokens. */
@RunningService
class TokenizeControllerTest {
    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @Test
    void specialTokensAreReportedAndCanBeLeftOut() {
        Api.Reply with = api.postJson("/tokenize", "{'input':'Mary'}");
        assertThat(with.json().getAsJsonObject("provenance").getAsJsonArray("special_tokens"))
                .hasSize(1);
        Api.Reply without = api.postJson("/tokenize", "{'input':'Mary','add_special_tokens':false}");
        assertThat(without.json().getAsJsonObject("provenance").getAsJsonArray("special_tokens"))
                .isEmpty();
        assertThat(without.result(0).getAsJsonArray("token_ids"))
                .hasSize(with.result(0).getAsJsonArray("token_ids").size() - 1);
    }

    @Test
    void aTokenIsTextAndTheRawOneIsBesideIt() {
        JsonObject result = api.postJson("/tokenize", "{'input':'🙂 Mary','add_special_tokens':false}")
                .result(0);
        assertThat(result.getAsJsonArray("tokens").toString()).isEqualTo("[\"\",\"\",\"\",\"🙂\",\" Mary\"]");
        assertThat(result.getAsJsonArray("raw_tokens").get(4).getAsString()).isEqualTo("ĠMary");
        assertThat(result.getAsJsonArray("offsets").toString()).isEqualTo("[[0,1],[0,1],[0,1],[0,1],[1,6]]");
    }

    /** gpt2 has 2 layers, 3 heads, d_model 12 and 43 tokens. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            {"model":"gpt2","input":[1],"verify":true} | verify | not known
            """)
    void aRefusalNamesTheFieldAndItsRange(String body, String field, String says) {
        assertInvalid(api.post("/tokenize", body), field, says);
    }
}
