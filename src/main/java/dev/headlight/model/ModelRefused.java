package dev.headlight.model;

/** A checkpoint that cannot be loaded exactly, and so is not loaded at all. The message names the reason. */
public final class ModelRefused extends RuntimeException {
    private static final int MOST = 1000; // characters: names come from files, and may be of hostile length

    public ModelRefused(String message) {
        super(brief(message));
    }

    public ModelRefused(String message, Throwable cause) {
        super(brief(message), cause);
    }

    private static String brief(String message) {
        return message.codePointCount(0, message.length()) <= MOST
                ? message
                : message.substring(0, message.offsetByCodePoints(0, MOST)) + "…";
    }
}
