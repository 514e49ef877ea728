package dev.headlight.model.store;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.ModelLoader;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.ModelRefused;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads checkpoints as models, and remembers why a checkpoint could not be loaded. */
final class CheckpointLoader {
    private static final Logger log = LoggerFactory.getLogger(CheckpointLoader.class);

    private final Torch torch;
    private final ModelLoader loader;
    private final BiConsumer<HookedModel, Duration> onLoad;
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();

    /** Why loading a checkpoint failed, and the files that it had at that time. */
    private record Failure(Checkpoint.Fingerprint files, String reason) {}

    /** @param onLoad called with every loaded model and the time that loading took */
    CheckpointLoader(Torch torch, ModelLoader loader, BiConsumer<HookedModel, Duration> onLoad) {
        this.torch = torch;
        this.loader = loader;
        this.onLoad = onLoad;
    }

    /**
     * Reads the sizes of the model from the config, and checks what can be checked without loading.
     *
     * @throws ModelRefused if the model is not implemented, or if a file is missing or damaged
     */
    ModelInfo info(Checkpoint checkpoint) {
        ModelInfo info = loader.info(checkpoint.config());
        checkpoint.requireReadable();
        return info;
    }

    /** The reason why loading the current files failed; null if loading them was not tried or succeeded. */
    @Nullable
    String failure(String id, Checkpoint checkpoint) {
        Failure failure = failures.get(id);
        return failure == null || !failure.files.equals(checkpoint.fingerprint()) ? null : failure.reason;
    }

    /** The dtype that the model would compute in, such as {@code float32}. */
    String dtype(Checkpoint checkpoint) {
        return torch.dtype(checkpoint).toString();
    }

    /** Wraps a checkpoint for {@link Residency}. */
    Residency.Loadable loadable(String id, Checkpoint checkpoint) {
        return new Loadable(id, checkpoint);
    }

    private HookedModel load(String id, Checkpoint checkpoint) {
        Checkpoint.Fingerprint files = checkpoint.fingerprint();
        long start = System.nanoTime();
        try {
            HookedModel model = loader.load(id, checkpoint, torch);
            failures.remove(id);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            log.info("Loaded model {} in {} ms", id, took.toMillis());
            onLoad.accept(model, took);
            return model;
        } catch (ModelRefused e) {
            failures.put(id, new Failure(files, String.valueOf(e.getMessage())));
            log.warn("Model {} is refused: {}", id, e.getMessage());
            throw e;
        }
    }

    private final class Loadable implements Residency.Loadable {
        private final String id;
        private final Checkpoint checkpoint;

        private Loadable(String id, Checkpoint checkpoint) {
            this.id = id;
            this.checkpoint = checkpoint;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public Checkpoint.Fingerprint files() {
            return checkpoint.fingerprint();
        }

        @Override
        public long bytes() {
            info(checkpoint); // refuses it for the same reason as the list does
            return checkpoint.parameters() * torch.dtype(checkpoint).getNumOfBytes();
        }

        @Override
        public HookedModel load() {
            return CheckpointLoader.this.load(id, checkpoint);
        }
    }
}
