/** The errors of a request or a checkpoint: each names the field or the file, and the allowed range. */
@NullMarked
package dev.headlight.model.fault;

import org.jspecify.annotations.NullMarked;
