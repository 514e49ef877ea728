package dev.headlight.model.text;

import java.util.List;

/**
 * A conversation, the input of a chat template.
 *
 * @param messages in order
 * @param ending what the template writes after the last message
 */
public record Conversation(List<Message> messages, Ending ending) {
    /** Number of UTF-16 units of all messages. */
    long length() {
        return messages.stream()
                .mapToLong(m -> (long) m.role().length() + m.content().length())
                .sum();
    }

    /**
     * One message.
     *
     * @param role a role that the template knows, usually {@code system}, {@code user} or {@code assistant}
     */
    public record Message(String role, String content) {}

    /** The end of the rendered text, after the content of the last message. */
    public enum Ending {
        /** The end of the message, then the start of an answer by the model. */
        GENERATION_PROMPT,
        /** Nothing, not even the end of the message, so that the model continues the message. */
        CONTINUES,
        /** Only the end of the message. */
        CLOSED
    }
}
