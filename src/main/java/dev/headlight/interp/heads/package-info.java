/** Scores and circuits of attention heads. */
@NullMarked
package dev.headlight.interp.heads;

import org.jspecify.annotations.NullMarked;
