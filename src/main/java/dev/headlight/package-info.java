/** The application class, and nothing else. */
@NullMarked
package dev.headlight;

import org.jspecify.annotations.NullMarked;
