/** The parts of a transformer, which pass the value of every hook point through the hooks, and what is computed from the
 * weights of their heads: logit contributions, OV and QK circuits. */
@NullMarked
package dev.headlight.model.part;

import org.jspecify.annotations.NullMarked;
