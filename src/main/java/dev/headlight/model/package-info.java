/** Loaded models, their names for hook points, and the forward pass with hooks. */
@NullMarked
package dev.headlight.model;

import org.jspecify.annotations.NullMarked;
