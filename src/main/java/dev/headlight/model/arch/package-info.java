/** One file per architecture, which reads the config, names the weights and puts the parts together. */
@NullMarked
package dev.headlight.model.arch;

import org.jspecify.annotations.NullMarked;
