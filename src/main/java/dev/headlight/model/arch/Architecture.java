package dev.headlight.model.arch;

import dev.headlight.model.Config;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Weights;

/** One family of models: a function from config and named weights to a tree of parts. */
interface Architecture {
    /** Transformers' {@code model_type}. */
    String modelType();

    /** Sizes from the config alone; what is not implemented is refused here. */
    ModelInfo info(Config config);

    HookedModel build(HookedModel.Origin origin, Config config, Weights weights);
}
