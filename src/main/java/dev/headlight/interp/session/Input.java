package dev.headlight.interp.session;

import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Conversation;
import java.util.List;

/**
 * The input of a request: texts, lists of token ids, or conversations; one or several.
 *
 * @param field path of its field in the request, such as {@code input}
 * @param prompts at least one
 * @param single whether it was given as one value, not as a list
 */
public record Input(String field, List<Prompt> prompts, boolean single) {
    /** One text, one list of token ids, or one conversation. */
    public sealed interface Prompt {}

    /** A text, to be tokenised. */
    public record Text(String text) implements Prompt {}

    /**
     * Token ids, used as they are.
     *
     * @param ids all of them, or the first ones if there are more than any limit allows
     * @param count number of all
     */
    public record Ids(List<Long> ids, long count) implements Prompt {
        /** All ids of an input. */
        public Ids(List<Long> ids) {
            this(ids, ids.size());
        }
    }

    /** A conversation, rendered by the model's chat template. */
    public record Chat(Conversation conversation) implements Prompt {}

    /** The same input, with another field path in error messages. */
    public Input at(String path) {
        return new Input(path, prompts, single);
    }

    /**
     * This input, which must hold exactly one prompt.
     *
     * @throws BadSelection if it holds several
     */
    public Input requireOne() {
        if (prompts.size() != 1) {
            throw new BadSelection(field, "holds " + prompts.size() + " inputs and must hold exactly 1");
        }
        return this;
    }

    /** The path of one prompt, such as {@code input[2]}. */
    String path(int prompt) {
        return single ? field : field + "[" + prompt + "]";
    }
}
