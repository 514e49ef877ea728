package dev.headlight.web.analysis;

import dev.headlight.interp.read.Tokens;
import dev.headlight.interp.session.Input;
import dev.headlight.web.AnalysisMapping;
import dev.headlight.web.AnalysisRunner;
import dev.headlight.web.Example;
import dev.headlight.web.Format;
import dev.headlight.web.InputRequest;
import dev.headlight.web.Reply;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Tokens of inputs. */
@RestController
class TokenizeController {
    @Schema(name = "TokenizeRequest")
    record Request(
            @Nullable String model,
            @NotNull(message = "is required") Input input,
            @Nullable Boolean addSpecialTokens) implements InputRequest {
        @Override
        public List<Input> inputs() {
            return List.of(input);
        }
    }

    private final AnalysisRunner runner;

    TokenizeController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @AnalysisMapping(
            path = "/tokenize",
            produces = MediaType.APPLICATION_JSON_VALUE,
            summary = "How a text becomes tokens",
            description = """
                    Concatenated, `tokens` give the text. A character that spans several tokens appears at the last of \
                    them, and the others are empty. A byte that belongs to no character is `<0xE6>`. `raw_tokens` are \
                    spelled as in the vocabulary (`ĠMary`). `offsets` count Unicode code points of the text, `[from, \
                    to)`. A special token that the tokenizer added has [0, 0]; token ids that the request gave have no \
                    offsets.""",
            answer = Tokens.Answer.class,
            tag = "Models")
    @Example(name = "a text", value = """
            {"input": "When Mary and John went to the store"}""")
    ResponseEntity<Reply> tokenize(@Valid @RequestBody Request request, Format format) {
        return runner.reply(request, format, Tokens::compute);
    }
}
