package dev.headlight.web.analysis;

import static dev.headlight.web.Problems.assertInvalid;

import dev.headlight.web.Api;
import dev.headlight.web.RunningService;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code POST /activations} and {@code POST /activations/top}: what they refuse. */
@RunningService
class ActivationsControllerTest {
    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    /** gpt2 has 2 layers, 3 heads, d_model 12 and 43 tokens. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            /activations/top | {"model":"gpt2","input":[1],"layer":0,"reduce":2} | reduce | mean_abs
            /activations | {"model":"gpt2","input":[1]} | hooks | required
            /activations | {"model":"gpt2","input":[1],"hooks":[]} | hooks | empty
            /activations | {"model":"gpt2","input":[1],"hooks":["resid"]} | hooks[0] | resid_post
            /activations | {"model":"encoder_post_relu","input":[1],"hooks":["hook_pos_embed"]} | hooks[0] | resid_post
            /activations | {"model":"gpt2","input":[1],"hooks":["blocks.2.hook_mlp_out"]} | hooks[0] | 0..1
            /activations | {"model":"gpt2","input":[1,2],"hooks":["logits"],"positions":[2]} | positions[0] | -2..1
            /activations | {"model":"gpt2","input":[1,2],"hooks":["logits"],"positions":[1,-1]} | positions[1] | repeated
            /activations/top | {"model":"gpt2","input":[1]} | layer | required
            /activations/top | {"model":"gpt2","input":[1],"layer":0,"k":13} | k | 1..12
            /activations/top | {"model":"gpt2","input":[1],"layer":0,"hook":"pattern"} | hook | neurons
            """)
    void aRefusalNamesTheFieldAndItsRange(String path, String body, String field, String says) {
        assertInvalid(api.post(path, body), field, says);
    }
}
