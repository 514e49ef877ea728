/** Checkpoint folders: the config, the weight files, their hashes, and the dtype and device that they are loaded to. */
@NullMarked
package dev.headlight.model.checkpoint;

import org.jspecify.annotations.NullMarked;
