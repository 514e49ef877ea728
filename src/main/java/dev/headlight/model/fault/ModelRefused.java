package dev.headlight.model.fault;

/** A checkpoint that cannot be loaded exactly and is therefore not loaded. The message is the reason. */
public final class ModelRefused extends RuntimeException {
    private static final int MOST = 1000; // characters: the message may quote names of any length from files

    /** Refuses a checkpoint; the message is cut after 1000 characters. */
    public ModelRefused(String message) {
        super(brief(message));
    }

    /** Refuses a checkpoint because of another fault; the message is cut after 1000 characters. */
    public ModelRefused(String message, Throwable cause) {
        super(brief(message), cause);
    }

    private static String brief(String message) {
        return message.codePointCount(0, message.length()) <= MOST
                ? message
                : message.substring(0, message.offsetByCodePoints(0, MOST)) + "…";
    }
}
