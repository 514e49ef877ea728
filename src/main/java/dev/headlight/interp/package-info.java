/** The analyses: each takes a session, tokens and a query, and gives a record that owns its tensors; none knows HTTP. */
@NullMarked
package dev.headlight.interp;

import org.jspecify.annotations.NullMarked;
