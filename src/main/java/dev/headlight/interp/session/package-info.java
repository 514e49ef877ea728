/** What every analysis gets: the model, the encoded inputs, the limits, the memory of the answer, and the cost of a dry run. */
@NullMarked
package dev.headlight.interp.session;

import org.jspecify.annotations.NullMarked;
