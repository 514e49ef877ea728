package dev.headlight.interp;

import dev.headlight.model.BadSelection;
import dev.headlight.model.Conversation;
import java.util.List;

/**
 * What a request runs the model on: one text, several, one list of token ids or several, one conversation or several.
 *
 * @param field path of the field that held it, such as {@code input}
 * @param single whether it was given as one, not as a list of several
 */
public record Input(String field, List<Prompt> prompts, boolean single) {
    /** A text, token ids, or a conversation. */
    public sealed interface Prompt {}

    public record Text(String text) implements Prompt {}

    public record Ids(List<Long> ids) implements Prompt {}

    public record Chat(Conversation conversation) implements Prompt {}

    /** The same input, found at another place of the request. */
    public Input at(String path) {
        return new Input(path, prompts, single);
    }

    /** @throws BadSelection unless it holds exactly one prompt */
    public Input requireOne() {
        if (prompts.size() != 1) {
            throw new BadSelection(field, "holds " + prompts.size() + " inputs and must hold exactly 1");
        }
        return this;
    }

    /** Path of one of the prompts. */
    String path(int prompt) {
        return single ? field : field + "[" + prompt + "]";
    }
}
