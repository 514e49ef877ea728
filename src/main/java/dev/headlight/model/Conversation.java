package dev.headlight.model;

import java.util.List;

/** What a chat template turns into text. */
public record Conversation(List<Message> messages, Ending ending) {
    /** @param role as the template knows it, mostly {@code system}, {@code user} or {@code assistant} */
    public record Message(String role, String content) {}

    /** What follows the last message. */
    public enum Ending {
        /** The beginning of an answer of the model's. */
        GENERATION_PROMPT,
        /** Nothing, not even what ends a message: the model is to go on with it. */
        CONTINUES,
        /** Only what ends a message. */
        CLOSED
    }
}
