package dev.headlight.interp.attribution;

import dev.headlight.interp.metric.TopK;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One component of a model and what it adds to a logit.
 *
 * @param component its kind, such as {@code head}, {@code mlp} or {@code neuron}; for an intervention its hook point
 * @param layer null if it is in no layer
 * @param head null if it is not a head
 * @param neuron null if it is not a neuron
 * @param position where the logit is read
 * @param value what it adds, in logits; null if it is not finite
 */
public record Component(
        String component,
        @Nullable Integer layer,
        @Nullable Integer head,
        @Nullable Integer neuron,
        int position,
        @Nullable Float value) {

    /**
     * The components with the largest magnitudes, in descending order.
     *
     * @param parts by the kind of component, tensors with any of the axes layer, head, position, neuron
     * @param positions the positions in the input that the axis position stands for
     * @param k how many
     */
    static List<Component> strongest(Map<String, Tensor> parts, List<Integer> positions, int k) {
        List<float[]> values = parts.values().stream().map(Tensor::toFloats).toList();
        double[] magnitudes = new double[values.stream().mapToInt(v -> v.length).sum()];
        int at = 0;
        for (float[] some : values) {
            for (float value : some) {
                magnitudes[at++] = Math.abs(value);
            }
        }
        List<Map.Entry<String, Tensor>> named = List.copyOf(parts.entrySet());
        List<Component> strongest = new ArrayList<>();
        for (int index : TopK.of(magnitudes, k)) {
            int part = 0;
            int within = index;
            while (within >= values.get(part).length) {
                within -= values.get(part++).length;
            }
            Map.Entry<String, Tensor> one = named.get(part);
            strongest.add(of(one.getKey(), one.getValue(), within, values.get(part)[within], positions));
        }
        return strongest;
    }

    private static Component of(String name, Tensor tensor, int index, float value, List<Integer> positions) {
        int rest = index;
        Integer layer = null;
        Integer head = null;
        Integer neuron = null;
        int position = 0;
        for (int axis = tensor.dims().size() - 1; axis >= 0; axis--) {
            int size = (int) tensor.shape()[axis];
            int coordinate = rest % size;
            rest /= size;
            switch (tensor.dims().get(axis)) {
                case "layer" -> layer = coordinate;
                case "head" -> head = coordinate;
                case "neuron" -> neuron = coordinate;
                default -> position = coordinate;
            }
        }
        return new Component(name, layer, head, neuron, positions.get(position), Float.isFinite(value) ? value : null);
    }
}
