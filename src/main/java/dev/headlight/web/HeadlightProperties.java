package dev.headlight.web;

import dev.headlight.interp.session.Limits;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.BadSetting;
import dev.headlight.model.hub.RetryPolicy;
import dev.headlight.model.schedule.PassScheduler;
import dev.headlight.model.store.MemoryBudget;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The {@code headlight.*} settings.
 *
 * @param modelsDir folder whose subfolders are checkpoints; null for none
 * @param defaultModel id of the model for requests that name none
 * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:N}
 * @param dtype dtype of weights and activations: {@code auto}, {@code float32} or {@code float16}
 * @param mapWeights whether weight files are mapped into memory: {@code auto}, {@code always} or {@code never}
 * @param packWeights whether models on the CPU keep a second copy of their weights in a faster layout, if it leaves half of
 *     the memory budget free
 * @param workers number of threads that run forward passes; 0: one per core on the CPU, one on a GPU
 * @param threadsPerWorker most threads of one operation; 0: the number of cores
 * @param queue number of requests beyond the workers that are accepted; further requests are answered 429
 * @param memoryBudget limit of the memory of models, running requests and unsent answers together; null: four fifths of the
 *     memory of the device
 * @param bodyBudget limit of the memory of request bodies and of what is read from them; null: a quarter of the heap
 * @param memoryWait how long a request waits for memory before it is answered 429
 * @param logPrompts whether the log may contain what clients send for the model to read
 */
@ConfigurationProperties("headlight")
record HeadlightProperties(
        @Nullable String modelsDir,
        @DefaultValue("micro") String defaultModel,
        @DefaultValue("auto") String device,
        @DefaultValue("auto") String dtype,
        @DefaultValue("auto") String mapWeights,
        @DefaultValue("true") boolean packWeights,
        @DefaultValue("0") int workers,
        @DefaultValue("0") int threadsPerWorker,
        @DefaultValue("64") int queue,
        @Nullable DataSize memoryBudget,
        @Nullable DataSize bodyBudget,
        @DefaultValue("30s") Duration memoryWait,
        @DefaultValue("false") boolean logPrompts,
        @DefaultValue RequestLimits limits,
        @DefaultValue HubSettings hub,
        @DefaultValue AccessSettings access) {
    HeadlightProperties {
        requireFrom(0, "workers", workers);
        requireFrom(0, "threads-per-worker", threadsPerWorker);
        requireFrom(0, "queue", queue);
        requireFrom(1, "memory-budget", memoryBudget == null ? 1 : memoryBudget.toBytes());
        requireFrom(0, "memory-wait", memoryWait.toNanos());
    }

    private static void requireFrom(long least, String name, long value) {
        if (value < least) {
            throw new BadSetting("headlight." + name, "must be at least " + least);
        }
    }

    /**
     * Limits of one request.
     *
     * @param tokensPerInput tokens of one input
     * @param inputs number of inputs
     * @param responseBytes size of the answer
     * @param runBytes memory of the run
     * @param bodyBytes size of the request body
     * @param bodyTime how long the request body may take to arrive
     * @param bodyRate bytes per second that must arrive of the body, after its first ten seconds
     * @param picturePixels width times height of a picture
     * @param requestTimeout how long a request may wait and compute before it is answered 504; 0 for any time
     */
    record RequestLimits(
            @DefaultValue("4096") int tokensPerInput,
            @DefaultValue("64") int inputs,
            @DefaultValue("256MB") DataSize responseBytes,
            @DefaultValue("4GB") DataSize runBytes,
            @DefaultValue("8MB") DataSize bodyBytes,
            @DefaultValue("2m") Duration bodyTime,
            @DefaultValue("1KB") DataSize bodyRate,
            @DefaultValue("64000000") long picturePixels,
            @DefaultValue("10m") Duration requestTimeout) {
        RequestLimits {
            requireFrom(1, "limits.tokens-per-input", tokensPerInput);
            requireFrom(1, "limits.inputs", inputs);
            requireFrom(1, "limits.response-bytes", responseBytes.toBytes());
            requireFrom(1, "limits.run-bytes", runBytes.toBytes());
            requireFrom(1, "limits.body-bytes", bodyBytes.toBytes());
            requireFrom(1, "limits.picture-pixels", picturePixels);
            requireFrom(0, "limits.request-timeout", requestTimeout.toNanos());
        }

        Limits ofAnalysis() {
            return new Limits(tokensPerInput, inputs, responseBytes.toBytes(), runBytes.toBytes());
        }
    }

    /**
     * The Hugging Face hub.
     *
     * @param enabled whether models can be downloaded
     * @param endpoint address of the hub
     * @param timeout longest wait for a connection, for an answer, and for the next byte
     * @param attempts number of consecutive connections without a new byte after which a download fails
     * @param backoff wait after the first such connection; doubled after each further one
     */
    record HubSettings(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("https://huggingface.co") String endpoint,
            @DefaultValue("30s") Duration timeout,
            @DefaultValue("6") int attempts,
            @DefaultValue("1s") Duration backoff) {

        /**
         * When downloads are retried.
         *
         * @throws BadSetting if the timeout or the number of attempts is not positive, or if the backoff is negative
         */
        RetryPolicy retryPolicy() {
            require("timeout", timeout.toMillis() > 0, "must be more than 0");
            require("attempts", attempts > 0, "must be more than 0");
            require("backoff", !backoff.isNegative(), "must not be negative");
            return new RetryPolicy(timeout, attempts, backoff);
        }

        private static void require(String name, boolean isValid, String rule) {
            if (!isValid) {
                throw new BadSetting("headlight.hub." + name, rule);
            }
        }
    }

    /** The models folder; null for none. The setting is a String, because Spring would look up a Path on the class path first. */
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

    PassScheduler.Threads threadsOn(boolean gpu) {
        int cores = Runtime.getRuntime().availableProcessors();
        return new PassScheduler.Threads(workersOn(gpu), cores, threadsPerWorker > 0 ? threadsPerWorker : cores);
    }
}
