/**
 * Finished pictures: labelled heatmaps and graphs of circuits, as PNG and SVG. The only package that knows
 * {@code java.awt}; it knows neither the model nor HTTP. Lengths are in px throughout.
 */
@NullMarked
package dev.headlight.render;

import org.jspecify.annotations.NullMarked;
