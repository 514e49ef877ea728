/**
 * The actions of an intervention: each is one record that names its fields, checks itself against a model and an input,
 * and edits the values of a slice ({@link HookSlice}). A new action is a record here and its name in
 * {@link Action}'s {@code permits}.
 */
@NullMarked
package dev.headlight.interp.intervene.action;

import org.jspecify.annotations.NullMarked;
