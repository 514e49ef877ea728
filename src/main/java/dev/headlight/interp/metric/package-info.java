/** Metrics read at a position: logits, log-probabilities, divergences and losses. */
@NullMarked
package dev.headlight.interp.metric;

import org.jspecify.annotations.NullMarked;
