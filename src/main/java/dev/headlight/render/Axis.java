package dev.headlight.render;

import java.util.List;

/**
 * One axis of a panel.
 *
 * @param name title of the axis, such as "query", "key", "position" or "neuron"; empty for none
 * @param labels raw texts, one per row or column; {@link Labels#visible} is applied when drawing
 */
public record Axis(String name, List<String> labels) {
    /** Copies the labels. */
    public Axis {
        labels = List.copyOf(labels);
    }
}
