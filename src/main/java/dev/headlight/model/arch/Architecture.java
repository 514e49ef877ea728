package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;

/** One family of models: it maps a config and named weights to a tree of parts. */
interface Architecture {
    /** Transformers' {@code model_type}. */
    String modelType();

    /**
     * The sizes that a config gives.
     *
     * @throws dev.headlight.model.fault.ModelRefused for a variant that is not implemented
     */
    ModelInfo info(Config config);

    /** Builds the model from the weights. */
    HookedModel build(HookedModel.Origin origin, Config config, Weights weights);
}
