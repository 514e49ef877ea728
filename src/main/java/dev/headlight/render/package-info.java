/**
 * Draws labelled heatmaps as PNG and SVG, and circuit graphs as PNG, SVG and DOT. Only this package uses {@code
 * java.awt}; it depends neither on the model nor on HTTP. All lengths are in px.
 */
@NullMarked
package dev.headlight.render;

import org.jspecify.annotations.NullMarked;
