package dev.headlight.web;

import dev.headlight.interp.Input;
import dev.headlight.interp.Tokens;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Shows the tokens of inputs. */
@RestController
@Tag(name = "Models")
class TokenizeController {
    @Schema(name = "TokenizeRequest")
    record Request(
            @Schema(description = Docs.MODEL) @Nullable String model,
            @NotNull(message = "is required") Input input,

            @Schema(description = Docs.SPECIAL_TOKENS, defaultValue = "true") @Nullable
            Boolean addSpecialTokens)
            implements InputRequest {
        @Override
        public List<Input> inputs() {
            return List.of(input);
        }
    }

    private final AnalysisRunner runner;

    TokenizeController(AnalysisRunner runner) {
        this.runner = runner;
    }

    @PostMapping(
            path = "/tokenize",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(summary = "How a text becomes tokens", description = """
                    `tokens` are text, which joined reads as the whole: a character spread over several tokens stands at the \
                    one that completes it, those before it are empty, and a byte that belongs to no character is `<0xE6>`. \
                    `raw_tokens` are written as in the vocabulary (`ĠMary`). `offsets` count Unicode code points of the text, \
                    from..to (exclusive); a special token that was added has [0, 0], and ids that were given have none.""")
    @io.swagger.v3.oas.annotations.parameters.RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Request.class),
                            examples = @ExampleObject(name = "a text", value = Examples.TOKENIZE)))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Tokens.Answer.class)))
    ResponseEntity<Reply> tokenize(@Valid @RequestBody Request request, Format format) {
        return runner.reply(request, format, Tokens::compute);
    }
}
