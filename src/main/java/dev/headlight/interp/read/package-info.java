/** Analyses that only read a run: attention patterns, activations, the top neurons, tokens. */
@NullMarked
package dev.headlight.interp.read;

import org.jspecify.annotations.NullMarked;
