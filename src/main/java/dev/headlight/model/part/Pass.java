package dev.headlight.model.part;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.Hooks;
import org.jspecify.annotations.Nullable;

/**
 * What all parts of one forward pass share.
 *
 * @param mask (query, key): 0, or minus infinity where the key is hidden; null where nothing is
 */
record Pass(Hooks hooks, @Nullable NDArray mask) {}
