package dev.headlight.web;

import dev.headlight.interp.Analysis;
import dev.headlight.interp.Verification;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer and the form that it is written in.
 *
 * @param verification null where none was asked for
 * @param rendered the texts that the inputs became where they are conversations; null where they are none
 * @param picture its bytes, drawn already; null where none was asked for
 */
record Reply(
        Analysis analysis,
        @Nullable Verification verification,
        @Nullable List<String> rendered,
        Format format,
        Encoding encoding,
        byte @Nullable [] picture) {}
