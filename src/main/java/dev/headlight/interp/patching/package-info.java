/**
 * Activation patching, path patching, causal tracing, and attribution patching.
 *
 * <p>The base run is patched; values come from the source run or an ablation. A {@link
 * dev.headlight.interp.patching.SweepQuery} is checked into a {@link dev.headlight.interp.patching.PreparedSweep}. Its {@link
 * dev.headlight.interp.patching.SweepGrid} has one cell per patch, and a {@link dev.headlight.interp.patching.Sweep} runs the
 * cells. Causal tracing adds noise to the base run ({@link dev.headlight.interp.patching.CausalTracingNoise}); path patching lets a
 * patch act only through {@link dev.headlight.interp.patching.DirectPaths} to its receivers.
 */
@NullMarked
package dev.headlight.interp.patching;

import org.jspecify.annotations.NullMarked;
