/** The parts of a transformer, which pass the value of every hook point through the hooks. */
@NullMarked
package dev.headlight.model.part;

import org.jspecify.annotations.NullMarked;
