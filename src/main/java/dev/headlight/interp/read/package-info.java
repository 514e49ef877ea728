/** Analyses that read values of unmodified runs: attention patterns, activations, top neurons; and the tokens of inputs. */
@NullMarked
package dev.headlight.interp.read;

import org.jspecify.annotations.NullMarked;
