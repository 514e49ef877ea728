/** One file for each architecture: it reads the config and names the weights, and puts parts together. */
@NullMarked
package dev.headlight.model.arch;

import org.jspecify.annotations.NullMarked;
