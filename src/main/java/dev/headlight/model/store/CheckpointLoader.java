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

    /** Why a checkpoint could not be loaded, and the files that it had then. */
    private record Failure(Checkpoint.Fingerprint files, String reason) {}

    /** @param onLoad called with every model that was loaded, and how long that took */
    CheckpointLoader(Torch torch, ModelLoader loader, BiConsumer<HookedModel, Duration> onLoad) {
        this.torch = torch;
        this.loader = loader;
        this.onLoad = onLoad;
    }

    /**
     * What the checkpoint's config says, if all that can be known without loading says that it can be loaded.
     *
     * @throws ModelRefused for what is not implemented
     */
    ModelInfo info(Checkpoint checkpoint) {
        ModelInfo info = loader.info(checkpoint.config());
        checkpoint.requireWeights();
        return info;
    }

    /** Why the files that the checkpoint has now could not be loaded; null where that was not tried, or worked. */
    @Nullable
    String failure(String id, Checkpoint checkpoint) {
        Failure failure = failures.get(id);
        return failure == null || !failure.files.equals(checkpoint.fingerprint()) ? null : failure.reason;
    }

    /** The name of the type that the model computes in. */
    String dtype(Checkpoint checkpoint) {
        return torch.dtype(checkpoint).toString();
    }

    /** A checkpoint as something that can be loaded. */
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
            return checkpoint.parameters() * torch.dtype(checkpoint).getNumOfBytes();
        }

        @Override
        public HookedModel load() {
            return CheckpointLoader.this.load(id, checkpoint);
        }
    }
}
