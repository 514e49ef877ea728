package dev.headlight.web;

import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Limits;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Conversation;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;

/** Reads the forms of an input: a text, token ids, a conversation, or a list of any one of these. */
final class InputDeserializer extends ValueDeserializer<Input> {
    private static final String FORMS =
            "must be a text, a list of token ids (integers), a conversation (an object with messages), or a list of texts, of "
                    + "lists of token ids, or of conversations";
    private static final Input.Prompt NOT_KEPT = new Input.Ids(List.of());

    private final Limits most;

    /** @param most what is beyond these limits is counted and not kept */
    InputDeserializer(Limits most) {
        this.most = most;
    }

    @Override
    public Input deserialize(JsonParser parser, DeserializationContext context) {
        return read(JsonFields.path(parser), parser, context);
    }

    /** Reads the value that the parser is at. */
    Input read(String path, JsonParser parser, DeserializationContext context) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            return new Input(path, List.of(prompt(path, parser, context)), true);
        }
        JsonToken first = parser.nextToken();
        if (first == JsonToken.END_ARRAY) {
            throw new BadSelection(path, "must not be empty");
        }
        if (first.isNumeric()) {
            return new Input(path, List.of(ids(path, parser)), true);
        }
        List<Input.Prompt> prompts = new ArrayList<>();
        for (JsonToken token = first; token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            String at = path + "[" + prompts.size() + "]";
            if (token != first) {
                throw new BadSelection(at, FORMS);
            }
            prompts.add(prompts.size() < most.inputs() ? prompt(at, parser, context) : skipped(parser));
        }
        return new Input(path, prompts, false);
    }

    private static Input.Prompt skipped(JsonParser parser) {
        parser.skipChildren();
        return NOT_KEPT;
    }

    private Input.Prompt prompt(String path, JsonParser parser, DeserializationContext context) {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> new Input.Text(parser.getString());
            case START_OBJECT -> chat(path, context.readTree(parser));
            case START_ARRAY -> {
                parser.nextToken();
                yield ids(path, parser);
            }
            default -> throw new BadSelection(path, FORMS);
        };
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

    /** The ids from where the parser is to the end of their list. */
    private Input.Ids ids(String path, JsonParser parser) {
        List<Long> ids = new ArrayList<>();
        long count = 0;
        for (JsonToken token = parser.currentToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token != JsonToken.VALUE_NUMBER_INT || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw new BadSelection(path + "[" + count + "]", FORMS);
            }
            if (count++ < most.tokensPerInput()) {
                ids.add(parser.getLongValue());
            }
        }
        return new Input.Ids(ids, count);
    }
}
