/** Interventions: checked, prepared, and run as hooks. */
@NullMarked
package dev.headlight.interp.intervene;

import org.jspecify.annotations.NullMarked;
