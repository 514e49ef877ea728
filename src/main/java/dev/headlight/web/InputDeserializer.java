package dev.headlight.web;

import dev.headlight.interp.Input;
import dev.headlight.model.BadSelection;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;

/** Reads the four forms of an input: a text, texts, token ids, lists of token ids. */
final class InputDeserializer extends ValueDeserializer<Input> {
    private static final String FORMS =
            "must be a text, a list of texts, a list of token ids (integers), or a list of such lists";

    @Override
    public Input deserialize(JsonParser parser, DeserializationContext context) {
        String path = JsonFields.path(parser);
        return read(path, context.readTree(parser));
    }

    static Input read(String path, JsonNode node) {
        if (node.isString()) {
            return new Input(path, List.of(new Input.Text(node.asString())), true);
        }
        if (!node.isArray()) {
            throw new BadSelection(path, FORMS);
        }
        if (node.isEmpty()) {
            throw new BadSelection(path, "must not be empty");
        }
        if (node.get(0).isNumber()) {
            return new Input(path, List.of(ids(path, node)), true);
        }
        List<Input.Prompt> prompts = new ArrayList<>();
        boolean texts = node.get(0).isString();
        for (int i = 0; i < node.size(); i++) {
            prompts.add(prompt(path + "[" + i + "]", node.get(i), texts));
        }
        return new Input(path, prompts, false);
    }

    private static Input.Prompt prompt(String path, JsonNode node, boolean text) {
        if (text && node.isString()) {
            return new Input.Text(node.asString());
        }
        if (text || !node.isArray()) {
            throw new BadSelection(path, FORMS);
        }
        return ids(path, node);
    }

    private static Input.Ids ids(String path, JsonNode node) {
        List<Long> ids = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            JsonNode id = node.get(i);
            if (!id.isInt() && !id.isLong()) {
                throw new BadSelection(path + "[" + i + "]", FORMS);
            }
            ids.add(id.asLong());
        }
        return new Input.Ids(ids);
    }
}
