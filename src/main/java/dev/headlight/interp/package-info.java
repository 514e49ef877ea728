/**
 * The analyses: each takes a session, tokens and a query, and returns a record with its tensors. None knows HTTP.
 *
 * <p>Words used throughout:
 *
 * <ul>
 *   <li><b>base run</b>: the unpatched run, which patches are applied to; the <b>source run</b> is where their values come from.
 *   <li><b>clean, corrupted</b>: the two inputs of a patching request; the direction chooses which of them is the base run.
 *   <li><b>grid, cell</b>: a sweep varies two axes, such as layer and position; a cell is what one patch of it covers.
 *   <li><b>sender, receiver</b>: the start of a path, which is patched, and its end, which reads the change. In a computational
 *       graph, a sender writes to the residual stream and a receiver reads it.
 *   <li><b>dry run</b>: an analysis on arrays with shapes but no values, which measures its cost.
 * </ul>
 */
@NullMarked
package dev.headlight.interp;

import org.jspecify.annotations.NullMarked;
