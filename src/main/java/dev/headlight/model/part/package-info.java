/** The parts of a transformer; every site of the forward pass goes through the hooks. */
@NullMarked
package dev.headlight.model.part;

import org.jspecify.annotations.NullMarked;
