/**
 * Tensors, their file formats (safetensors, npy, JSON), and the PyTorch operations that DJL lacks. Meta arrays, which
 * have shapes but no values, measure the memory and work of a dry run.
 */
@NullMarked
package dev.headlight.tensor;

import org.jspecify.annotations.NullMarked;
