package dev.headlight.web;

import dev.headlight.interp.Analysis;
import dev.headlight.interp.Verification;
import org.jspecify.annotations.Nullable;

/**
 * An answer and the form that it is written in.
 *
 * @param verification null where none was asked for
 * @param picture its bytes, drawn already; null where none was asked for
 */
record Reply(
        Analysis analysis,
        @Nullable Verification verification,
        Format format,
        Encoding encoding,
        byte @Nullable [] picture) {

    /** One that is JSON without tensors. */
    static Reply of(Analysis analysis) {
        return new Reply(analysis, null, Format.JSON, Encoding.NESTED, null);
    }
}
