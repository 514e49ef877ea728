package dev.headlight.web;

import dev.headlight.interp.session.Input;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Conversation;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;

/** Reads the forms of an input: a text, token ids, a conversation, or a list of any one of these. */
final class InputDeserializer extends ValueDeserializer<Input> {
    private static final String FORMS =
            "must be a text, a list of token ids (integers), a conversation (an object with messages), or a list of texts, of "
                    + "lists of token ids, or of conversations";

    @Override
    public Input deserialize(JsonParser parser, DeserializationContext context) {
        String path = JsonFields.path(parser);
        return read(path, context.readTree(parser));
    }

    static Input read(String path, JsonNode node) {
        if (node.isString()) {
            return new Input(path, List.of(new Input.Text(node.asString())), true);
        }
        if (node.isObject()) {
            return new Input(path, List.of(chat(path, node)), true);
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
        for (int i = 0; i < node.size(); i++) {
            if (node.get(i).getNodeType() != node.get(0).getNodeType()) {
                throw new BadSelection(path + "[" + i + "]", FORMS);
            }
            prompts.add(prompt(path + "[" + i + "]", node.get(i)));
        }
        return new Input(path, prompts, false);
    }

    private static Input.Prompt prompt(String path, JsonNode node) {
        if (node.isString()) {
            return new Input.Text(node.asString());
        } else if (node.isObject()) {
            return chat(path, node);
        } else if (node.isArray()) {
            return ids(path, node);
        }
        throw new BadSelection(path, FORMS);
    }

    private static Input.Chat chat(String path, JsonNode node) {
        JsonFields fields = new JsonFields(path, node);
        List<Conversation.Message> messages = new ArrayList<>();
        for (JsonFields message : fields.objects("messages")) {
            messages.add(new Conversation.Message(message.text("role"), message.text("content")));
            message.refuseUnknown();
        }
        if (messages.isEmpty()) {
            throw new BadSelection(path + ".messages", "must not be empty");
        }
        boolean continuesMessage = fields.flag("continue_final_message", false);
        boolean addsPrompt = fields.flag("add_generation_prompt", !continuesMessage);
        fields.refuseUnknown();
        if (continuesMessage && addsPrompt) {
            throw new BadSelection(
                    path + ".add_generation_prompt", "must be false or absent where continue_final_message is true");
        }
        return new Input.Chat(new Conversation(
                messages,
                continuesMessage
                        ? Conversation.Ending.CONTINUES
                        : addsPrompt ? Conversation.Ending.GENERATION_PROMPT : Conversation.Ending.CLOSED));
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
