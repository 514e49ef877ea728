package dev.headlight.render;

import java.util.List;

/**
 * One axis of a panel.
 *
 * @param name what it counts: "query", "key", "position", "neuron", …
 * @param labels one per row or column, as they are: {@link Labels#visible} is applied when drawing
 */
public record Axis(String name, List<String> labels) {
    public Axis {
        labels = List.copyOf(labels);
    }
}
