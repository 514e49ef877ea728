/** Checks of the identities that every run must satisfy, and the comparison of two models. */
@NullMarked
package dev.headlight.interp.verify;

import org.jspecify.annotations.NullMarked;
