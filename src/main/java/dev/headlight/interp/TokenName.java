package dev.headlight.interp;

import org.jspecify.annotations.Nullable;

/** A token by its id, or by a text that is one token. Exactly one of the two is there. */
public record TokenName(@Nullable Long id, @Nullable String text) {}
