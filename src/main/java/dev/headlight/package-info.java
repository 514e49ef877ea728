/** The application class. */
@NullMarked
package dev.headlight;

import org.jspecify.annotations.NullMarked;
