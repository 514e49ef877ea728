/**
 * Interventions: an {@link dev.headlight.interp.intervene.Intervention} is what a request names. An {@link
 * dev.headlight.interp.intervene.InterventionRun} prepares all of a request ({@link
 * dev.headlight.interp.intervene.PreparedIntervention}) and gives every analysis the hooks that edit values ({@link
 * dev.headlight.interp.intervene.InterventionHooks}). The edits themselves are in {@link
 * dev.headlight.interp.intervene.action}.
 */
@NullMarked
package dev.headlight.interp.intervene;

import org.jspecify.annotations.NullMarked;
