/** The logit lens and the tuned lens. */
@NullMarked
package dev.headlight.interp.lens;

import org.jspecify.annotations.NullMarked;
