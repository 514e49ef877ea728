package dev.headlight.web;

import dev.headlight.interp.Limits;
import dev.headlight.model.BadSetting;
import dev.headlight.model.MemoryBudget;
import dev.headlight.model.Torch;
import dev.headlight.model.hub.Patience;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The {@code headlight.*} settings.
 *
 * @param modelsDir folder whose sub-folders are checkpoints
 * @param defaultModel id of the model that requests get which name none
 * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:N}
 * @param dtype what models compute in: {@code auto}, {@code float32} or {@code float16}
 * @param mapWeights {@code auto}, {@code always} or {@code never}
 * @param workers requests that compute at the same time; 0: one a core on the CPU, one on a GPU
 * @param threadsPerWorker threads of one operation; 0: the cores shared out among the workers
 * @param queue requests that may wait for a worker; one more is answered 429
 * @param memoryBudget what models, running requests and unsent answers may take together; null: four fifths of the memory
 * @param memoryWait how long a request waits for memory before it is answered 429
 */
@ConfigurationProperties("headlight")
record HeadlightProperties(
        @Nullable String modelsDir,
        @DefaultValue("micro") String defaultModel,
        @DefaultValue("auto") String device,
        @DefaultValue("auto") String dtype,
        @DefaultValue("auto") String mapWeights,
        @DefaultValue("0") int workers,
        @DefaultValue("0") int threadsPerWorker,
        @DefaultValue("64") int queue,
        @Nullable DataSize memoryBudget,
        @DefaultValue("30s") Duration memoryWait,
        @DefaultValue Limited limits,
        @DefaultValue Hubs hub) {

    /**
     * What one request may ask for.
     *
     * @param bodyBytes of a request
     * @param picturePixels width times height of a picture
     */
    record Limited(
            @DefaultValue("4096") int tokensPerInput,
            @DefaultValue("64") int inputs,
            @DefaultValue("256MB") DataSize responseBytes,
            @DefaultValue("4GB") DataSize runBytes,
            @DefaultValue("8MB") DataSize bodyBytes,
            @DefaultValue("64000000") long picturePixels) {

        Limits ofAnalysis() {
            return new Limits(tokensPerInput, inputs, responseBytes.toBytes(), runBytes.toBytes());
        }
    }

    /**
     * Where models are brought from.
     *
     * @param timeout longest wait for a connection, for an answer, and for the next byte
     * @param attempts in a row that bring nothing, before a model is given up
     * @param backoff wait after the first of them, doubled after each
     */
    record Hubs(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("https://huggingface.co") String endpoint,
            @DefaultValue("30s") Duration timeout,
            @DefaultValue("6") int attempts,
            @DefaultValue("1s") Duration backoff) {

        /** @throws BadSetting for what is no time or no number of attempts */
        Patience patience() {
            require("timeout", timeout.toMillis() > 0);
            require("attempts", attempts > 0);
            require("backoff", !backoff.isNegative());
            return new Patience(timeout, attempts, backoff);
        }

        private static void require(String name, boolean holds) {
            if (!holds) {
                throw new BadSetting("headlight.hub." + name, "must be more than 0");
            }
        }
    }

    /** Read as a plain path: Spring's own conversion looks for class path resources first. */
    @Nullable
    Path modelsFolder() {
        return modelsDir == null || modelsDir.isBlank() ? null : Path.of(modelsDir.trim());
    }

    MemoryBudget budget(Torch torch) {
        return new MemoryBudget(memoryBudget == null ? torch.memory() / 5 * 4 : memoryBudget.toBytes());
    }

    int workersOn(boolean gpu) {
        return workers > 0 ? workers : gpu ? 1 : Runtime.getRuntime().availableProcessors();
    }

    int threads() {
        return threadsPerWorker > 0
                ? threadsPerWorker
                : Math.max(1, Runtime.getRuntime().availableProcessors() / workersOn(false));
    }
}
