package dev.headlight.web;

import dev.headlight.interp.Analysis;
import dev.headlight.render.Figure;
import org.jspecify.annotations.Nullable;

/**
 * An answer and the form that it is written in.
 *
 * @param figure the picture to draw; null where none was asked for
 */
record Reply(
        Analysis analysis,
        Format format,
        Encoding encoding,
        @Nullable Figure figure) {}
