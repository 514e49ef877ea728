package dev.headlight.model.checkpoint;

import dev.headlight.tensor.SafetensorsFile;
import dev.headlight.tensor.Tensor;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the headers of a checkpoint's weight files say.
 *
 * @param files that they were read from
 * @param dtypes of the tensors, named as in the safetensors format, such as {@code BF16}
 * @param parameters number of values in all tensors
 */
record Headers(Checkpoint.Fingerprint files, Set<String> dtypes, long parameters) {
    /** @param tensors the file of each tensor, by the tensor's name */
    static Headers of(Checkpoint.Fingerprint files, Map<String, SafetensorsFile> tensors) {
        Set<String> dtypes = tensors.entrySet().stream()
                .map(e -> e.getValue().dtype(e.getKey()))
                .collect(Collectors.toSet());
        long parameters = tensors.entrySet().stream()
                .mapToLong(e -> Tensor.size(e.getValue().shape(e.getKey())))
                .sum();
        return new Headers(files, dtypes, parameters);
    }
}
