package dev.headlight.interp.session;

import org.jspecify.annotations.Nullable;

/**
 * A token, named by its id or by a text that is one token.
 *
 * @param id null if the text is given
 * @param text null if the id is given
 */
public record TokenName(@Nullable Long id, @Nullable String text) {}
