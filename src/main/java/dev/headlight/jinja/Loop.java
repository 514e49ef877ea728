package dev.headlight.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop} of a for loop. */
final class Loop {
    private final List<Object> items;
    private int index; // from 0

    Loop(List<Object> items) {
        this.items = items;
    }

    /** Moves to an item. */
    void at(int item) {
        index = item;
    }

    /** Value of an attribute; null if {@code loop} has no attribute of this name. */
    @Nullable
    Object attribute(String name) {
        int size = items.size();
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) size - index;
            case "revindex0" -> size - index - 1L;
            case "first" -> index == 0;
            case "last" -> index == size - 1;
            case "length" -> (long) size;
            case "depth" -> 1L;
            case "depth0" -> 0L;
            case "previtem" -> index == 0 ? new Undefined("there is no previous item") : items.get(index - 1);
            case "nextitem" -> index == size - 1 ? new Undefined("there is no next item") : items.get(index + 1);
            case "cycle" -> (Function) (frame, arguments) -> cycle(arguments);
            case "changed" -> throw new Unsupported("loop.changed");
            default -> null;
        };
    }

    private Object cycle(Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw new TemplateFault("loop.cycle takes at least one value");
        }
        return arguments.positional().get(index % arguments.positional().size());
    }
}
