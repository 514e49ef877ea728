/** The analysis endpoints: one controller each, its JSON bodies and its pictures. */
@NullMarked
package dev.headlight.web.analysis;

import org.jspecify.annotations.NullMarked;
