package dev.headlight.interp.verify;

import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToIntFunction;

/**
 * The same analysis of a second model of the same shape, such as a base model's fine-tune.
 *
 * @param model id of the second model
 * @param answer its whole answer
 * @param difference its tensors minus those of the first, by name
 */
public record Comparison(String model, AnalysisAnswer answer, Map<String, Tensor> difference) {
    private static final Map<String, ToIntFunction<ModelInfo>> SHAPE = shape();

    private static Map<String, ToIntFunction<ModelInfo>> shape() {
        Map<String, ToIntFunction<ModelInfo>> shape = new LinkedHashMap<>();
        shape.put("n_layers", ModelInfo::nLayers);
        shape.put("n_heads", ModelInfo::nHeads);
        shape.put("n_kv_heads", ModelInfo::nKvHeads);
        shape.put("d_model", ModelInfo::dModel);
        shape.put("d_head", ModelInfo::dHead);
        shape.put("d_mlp", ModelInfo::dMlp);
        shape.put("vocab_size", ModelInfo::vocabSize);
        return shape;
    }

    /** @throws BadSelection if the two differ in shape, so that their values do not correspond */
    public static void requireSameShape(HookedModel one, HookedModel other) {
        SHAPE.forEach((name, size) -> {
            int wanted = size.applyAsInt(one.info());
            int found = size.applyAsInt(other.info());
            if (found != wanted) {
                throw new BadSelection(
                        "compare_to",
                        other.id(),
                        "has " + name + " " + found + " and must have that of " + one.id() + ", " + wanted);
            }
        });
    }

    /**
     * The difference of two answers.
     *
     * @param model id of the second model
     * @param other its answer
     * @param kept owns the differences
     */
    public static Comparison of(String model, AnalysisAnswer one, AnalysisAnswer other, AnswerMemory kept) {
        Map<String, Tensor> difference = new LinkedHashMap<>();
        Map<String, Tensor> theirs = other.tensors();
        one.tensors()
                .forEach((name, own) ->
                        difference.put(name, difference(own, Objects.requireNonNull(theirs.get(name)), kept)));
        return new Comparison(model, other, difference);
    }

    /** Values that are minus infinity in both, such as masked scores, differ by 0. */
    private static Tensor difference(Tensor own, Tensor theirs, AnswerMemory kept) {
        float[] values = theirs.toFloats();
        float[] minus = own.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] == minus[i] ? 0 : values[i] - minus[i];
        }
        return kept.keep(values, own.shape(), own.dims().toArray(String[]::new));
    }

    /** All tensors of the three, by their names in a binary answer. */
    public Map<String, Tensor> tensors(AnalysisAnswer one) {
        Map<String, Tensor> all = new LinkedHashMap<>(one.tensors());
        answer.tensors().forEach((name, tensor) -> all.put("compare_to." + name, tensor));
        difference.forEach((name, tensor) -> all.put("difference." + name, tensor));
        return all;
    }
}
