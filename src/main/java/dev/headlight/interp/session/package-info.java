/** The session of a request, which every analysis gets: model, encoded inputs, limits, memory of the answer, dry-run costs. */
@NullMarked
package dev.headlight.interp.session;

import org.jspecify.annotations.NullMarked;
