/**
 * Downloads checkpoints from the Hugging Face hub: lists the files, downloads all or none, and verifies their hashes.
 * Independent of Spring.
 */
@NullMarked
package dev.headlight.model.hub;

import org.jspecify.annotations.NullMarked;
