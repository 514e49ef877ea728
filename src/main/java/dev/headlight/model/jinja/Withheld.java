package dev.headlight.model.jinja;

/**
 * A placeholder for a value that is not available. A template that reads it fails.
 *
 * @param reason message of the failure
 */
public record Withheld(String reason) {}
