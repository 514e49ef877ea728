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
 * The same analysis of a second model of the same shape, such as a fine-tuned one, and the difference of the two answers.
 *
 * @param model id of the second model
 * @param answer the answer of the second model
 * @param difference the tensors of the second model minus those of the first, by name
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

    /**
     * Checks that two models have the same sizes, so that their tensors correspond.
     *
     * @throws BadSelection if a size differs
     */
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
     * Compares two answers.
     *
     * @param model id of the second model
     * @param one the answer of the first model
     * @param other the answer of the second model
     * @param memory owns the differences
     */
    public static Comparison of(String model, AnalysisAnswer one, AnalysisAnswer other, AnswerMemory memory) {
        Map<String, Tensor> difference = new LinkedHashMap<>();
        Map<String, Tensor> ofOther = other.tensors();
        one.tensors()
                .forEach((name, tensor) ->
                        difference.put(name, difference(tensor, Objects.requireNonNull(ofOther.get(name)), memory)));
        return new Comparison(model, other, difference);
    }

    /** The other tensor minus this one. Values that are minus infinity in both, such as masked scores, differ by 0. */
    private static Tensor difference(Tensor one, Tensor other, AnswerMemory memory) {
        float[] values = other.toFloats();
        float[] minus = one.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] == minus[i] ? 0 : values[i] - minus[i];
        }
        return memory.keep(values, one.shape(), one.dims().toArray(String[]::new));
    }

    /** The tensors of both answers and of the difference, by their names in a binary answer. */
    public Map<String, Tensor> tensors(AnalysisAnswer one) {
        Map<String, Tensor> all = new LinkedHashMap<>(one.tensors());
        answer.tensors().forEach((name, tensor) -> all.put("compare_to." + name, tensor));
        difference.forEach((name, tensor) -> all.put("difference." + name, tensor));
        return all;
    }
}
