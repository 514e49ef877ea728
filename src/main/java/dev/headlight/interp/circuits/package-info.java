/**
 * Edge attribution patching, and circuits found from its scores. A {@link dev.headlight.interp.circuits.CircuitGraph} has an edge
 * from each sender, which writes to the residual stream, to each later receiver, which reads it.
 */
@NullMarked
package dev.headlight.interp.circuits;

import org.jspecify.annotations.NullMarked;
