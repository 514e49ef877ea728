package dev.headlight.model;

/** A checkpoint that cannot be loaded exactly, and so is not loaded at all. The message names the reason. */
public final class ModelRefused extends RuntimeException {
    public ModelRefused(String message) {
        super(message);
    }

    public ModelRefused(String message, Throwable cause) {
        super(message, cause);
    }
}
