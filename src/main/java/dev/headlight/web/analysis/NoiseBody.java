package dev.headlight.web.analysis;

import dev.headlight.interp.patching.CausalTracingNoise;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotEmpty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON of the noise of causal tracing. */
@Schema(
        name = "Noise",
        description = "Causal tracing: the corrupted run is `input` with noise on some of its embeddings.")
record NoiseBody(
        @NotEmpty(message = "is required, and must not be empty")
        @Schema(description = "Positions of the subject's tokens; negative ones count from the end.")
        List<Integer> positions,

        @Schema(
                description =
                        "Standard deviation of the noise. By default, 3 times the standard deviation of all token embeddings.")
        @Nullable
        Double std,

        @Schema(description = "Number of corrupted runs.", defaultValue = "10") @Nullable
        Integer samples,

        @Schema(description = "Seed of the first corrupted run; each further run uses the next seed.") @Nullable
        Long seed) {
    private static final int SAMPLES = 10;

    /** Whether the noise is the same in every answer. */
    boolean deterministic() {
        return seed != null;
    }

    /** @param randomSeed seed if the request has none */
    CausalTracingNoise read(long randomSeed) {
        return new CausalTracingNoise(
                positions, std, samples == null ? SAMPLES : samples, seed == null ? randomSeed : seed);
    }
}
