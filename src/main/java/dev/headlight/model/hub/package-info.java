/** Checkpoints from the Hugging Face hub: listed, brought whole or not at all, verified. Knows nothing of Spring. */
@NullMarked
package dev.headlight.model.hub;

import org.jspecify.annotations.NullMarked;
