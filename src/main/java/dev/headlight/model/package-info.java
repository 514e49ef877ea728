/** Loaded models: their sizes, provenance and forward pass, and what is computed from their weights. */
@NullMarked
package dev.headlight.model;

import org.jspecify.annotations.NullMarked;
