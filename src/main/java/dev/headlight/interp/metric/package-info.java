/** Numbers read from the logits of a run: metrics, next-token predictions and the effect of interventions on them. */
@NullMarked
package dev.headlight.interp.metric;

import org.jspecify.annotations.NullMarked;
