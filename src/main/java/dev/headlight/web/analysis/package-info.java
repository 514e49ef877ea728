/** The analysis endpoints: a controller with its request each, and figures of the same name. Classes that end in {@code Body}
 * are parts that several requests share. */
@NullMarked
package dev.headlight.web.analysis;

import org.jspecify.annotations.NullMarked;
