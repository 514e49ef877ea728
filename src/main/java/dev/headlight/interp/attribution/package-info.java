/** Direct logit attribution. */
@NullMarked
package dev.headlight.interp.attribution;

import org.jspecify.annotations.NullMarked;
