package dev.headlight.web;

import dev.headlight.model.fault.BadSelection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.databind.JsonNode;

/** Reads the fields of one JSON object by name and type. Errors name the path of the field. */
final class JsonFields {
    private final String path;
    private final JsonNode object;
    private final Set<String> known = new HashSet<>();

    /**
     * Reads an object.
     *
     * @param path path of the object in the request; empty for the request itself
     * @throws BadSelection if the node is not an object
     */
    JsonFields(String path, JsonNode object) {
        if (!object.isObject()) {
            throw new BadSelection(path, "must be an object");
        }
        this.path = path;
        this.object = object;
    }

    /** The path of the value that a parser is at, such as {@code interventions[0].action}. */
    static String path(JsonParser parser) {
        StringBuilder path = new StringBuilder();
        write(parser.streamReadContext(), path);
        return path.toString();
    }

    private static void write(@Nullable TokenStreamContext context, StringBuilder path) {
        if (context == null) {
            return;
        }
        write(context.getParent(), path);
        if (context.inObject() && context.hasCurrentName()) {
            path.append(path.isEmpty() ? "" : ".").append(context.currentName());
        } else if (context.inArray() && context.hasCurrentIndex()) {
            path.append('[').append(context.getCurrentIndex()).append(']');
        }
    }

    /** Counts a field as known. */
    void know(String name) {
        known.add(name);
    }

    /** The value of a field; null if it is absent or null. The field counts as known afterwards. */
    private @Nullable JsonNode optional(String name) {
        know(name);
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private JsonNode required(String name) {
        JsonNode value = optional(name);
        if (value == null) {
            throw new BadSelection(at(name), "is required");
        }
        return value;
    }

    private String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    String text(String name) {
        JsonNode value = required(name);
        if (!value.isString()) {
            throw new BadSelection(at(name), "must be a string");
        }
        return value.asString();
    }

    /** @param absent value if the field is absent or null */
    boolean flag(String name, boolean absent) {
        JsonNode value = optional(name);
        if (value == null) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw new BadSelection(at(name), "must be true or false");
        }
        return value.asBoolean();
    }

    /** The elements of a required list of objects. */
    List<JsonFields> objects(String name) {
        JsonNode array = array(name, required(name));
        List<JsonFields> objects = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            objects.add(new JsonFields(at(name) + "[" + i + "]", array.get(i)));
        }
        return objects;
    }

    private JsonNode array(String name, JsonNode value) {
        if (!value.isArray()) {
            throw new BadSelection(at(name), "must be a list");
        }
        return value;
    }

    /**
     * Refuses unknown fields.
     *
     * @throws BadSelection if the object has a field that was not read and not counted as known
     */
    void refuseUnknown() {
        for (String name : object.propertyNames()) {
            if (!known.contains(name)) {
                throw new BadSelection(
                        at(name),
                        "is not known; the known fields are "
                                + known.stream().sorted().toList());
            }
        }
    }
}
