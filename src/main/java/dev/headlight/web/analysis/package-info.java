/** The analysis endpoints. Each has a controller with its request; some have figures and JSON bodies of the same name. */
@NullMarked
package dev.headlight.web.analysis;

import org.jspecify.annotations.NullMarked;
