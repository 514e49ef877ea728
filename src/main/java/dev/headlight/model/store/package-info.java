/** The models that the service can use: the catalogue, loading and unloading, and the memory budget. */
@NullMarked
package dev.headlight.model.store;

import org.jspecify.annotations.NullMarked;
