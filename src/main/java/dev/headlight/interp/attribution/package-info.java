/**
 * Direct logit attribution: what each part adds to a logit by itself. Estimates of patching, which are called attribution
 * patching, are in {@link dev.headlight.interp.patching}.
 */
@NullMarked
package dev.headlight.interp.attribution;

import org.jspecify.annotations.NullMarked;
