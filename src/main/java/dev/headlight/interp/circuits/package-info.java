/** Edges of the computational graph: their scores, and the circuits found from them. */
@NullMarked
package dev.headlight.interp.circuits;

import org.jspecify.annotations.NullMarked;
