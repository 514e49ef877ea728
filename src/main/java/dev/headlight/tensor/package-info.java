/** Tensors as values, and their wire forms: safetensors, npy and JSON. */
@NullMarked
package dev.headlight.tensor;

import org.jspecify.annotations.NullMarked;
