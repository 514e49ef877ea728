package dev.headlight.web;

import dev.headlight.interp.Tracing;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotEmpty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Noise on the embeddings. */
@Schema(name = "Noise", description = "Causal tracing: the corrupted run is `input` with noise on these embeddings.")
record NoiseBody(
        @NotEmpty(message = "is required, and must not be empty")
        @Schema(description = "Of the subject's tokens, negative from the end.")
        List<Integer> positions,

        @Schema(
                description =
                        "Standard deviation; 3 times that of the embeddings of the whole vocabulary where absent.")
        @Nullable
        Double std,

        @Schema(description = "How many corrupted runs there are.", defaultValue = "10") @Nullable
        Integer samples,

        @Schema(description = "Of the first run; the others have the seeds that follow.") @Nullable
        Long seed) {
    private static final int SAMPLES = 10;

    /** @param any seed where the request has none */
    Tracing read(long any) {
        return new Tracing(positions, std, samples == null ? SAMPLES : samples, seed == null ? any : seed);
    }
}
