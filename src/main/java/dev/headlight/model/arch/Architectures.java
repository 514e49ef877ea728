package dev.headlight.model.arch;

import ai.djl.ndarray.NDManager;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.ModelLoader;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.fault.ModelRefused;
import java.util.List;
import java.util.stream.Collectors;

/** The families that can be loaded. */
public final class Architectures implements ModelLoader {
    private static final List<Architecture> ALL = List.of(
            new TorchTransformerEncoder(),
            new Gpt2(),
            new GptNeo(),
            new GptNeoX(),
            new GptJ(),
            new Opt(),
            new Bloom(),
            new Falcon(),
            new Mpt(),
            new Llama(),
            new Mistral(),
            new Mixtral(),
            new Qwen2(),
            new Qwen3(),
            new Qwen3Moe(),
            new Gemma(),
            new Gemma2(),
            new Gemma3Text(),
            new Phi(),
            new Phi3(),
            new Olmo2(),
            new StableLm(),
            new Starcoder2(),
            new Granite(),
            new Bert(),
            new Roberta(),
            new DistilBert(),
            new Electra());

    @Override
    public ModelInfo info(Config config) {
        return of(config).info(config);
    }

    @Override
    public HookedModel load(String id, Checkpoint checkpoint, Torch torch) {
        Config config = checkpoint.config();
        Architecture architecture = of(config);
        ModelInfo info = architecture.info(config);
        NDManager memory = torch.newManager();
        HookedModel model = null;
        try (Weights weights = checkpoint.weights(memory, torch)) {
            model = architecture.build(
                    new HookedModel.Origin(id, info, checkpoint, torch, memory, weights.dtype()), config, weights);
            weights.refuseUnused();
            return model;
        } catch (RuntimeException | Error e) {
            if (model != null) {
                model.close(); // its tokenizer, too
            }
            memory.close();
            throw e;
        }
    }

    static Architecture of(Config config) {
        config.refuseUnless("is_causal", "true"); // false makes a decoder bidirectional, in any family
        config.refuse("per_layer_config");
        Config quantization = config.in("quantization_config");
        if (!quantization.isEmpty()) {
            throw new ModelRefused(
                    "quantised weights (" + quantization.string("quant_method", "unnamed") + ") are not implemented");
        }
        String type = config.modelType();
        return ALL.stream()
                .filter(a -> a.modelType().equals(type))
                .findFirst()
                .orElseThrow(() -> new ModelRefused("model_type " + type + " is not implemented; there are "
                        + ALL.stream().map(Architecture::modelType).collect(Collectors.joining(", "))));
    }
}
