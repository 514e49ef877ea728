/** Activation patching, path patching, causal tracing, and attribution patching. */
@NullMarked
package dev.headlight.interp.patching;

import org.jspecify.annotations.NullMarked;
