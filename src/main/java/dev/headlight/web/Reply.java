package dev.headlight.web;

import dev.headlight.interp.Analysis;
import org.jspecify.annotations.Nullable;

/**
 * An answer and the form that it is written in.
 *
 * @param picture its bytes, drawn already; null where none was asked for
 */
record Reply(Analysis analysis, Format format, Encoding encoding, byte @Nullable [] picture) {}
