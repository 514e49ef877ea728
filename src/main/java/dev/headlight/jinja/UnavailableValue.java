package dev.headlight.jinja;

/**
 * A placeholder for a value that is not available. A template that reads it fails.
 *
 * @param reason message of the failure
 */
public record UnavailableValue(String reason) {}
