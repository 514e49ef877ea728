package dev.headlight.model;

import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.ModelRefused;

/** Turns checkpoints into models. */
public interface ModelLoader {
    /**
     * Derives the sizes of a model from its config, without loading it.
     *
     * @throws ModelRefused if the config describes a model that is not implemented
     */
    ModelInfo info(Config config);

    /**
     * Loads a model.
     *
     * @param id the name that requests use for it
     * @throws ModelRefused if the checkpoint cannot be loaded exactly
     */
    HookedModel load(String id, Checkpoint checkpoint, Torch torch);
}
