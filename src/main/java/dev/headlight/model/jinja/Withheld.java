package dev.headlight.model.jinja;

/**
 * Stands for a value that is not known.
 *
 * @param why what a template that reads it is told
 */
public record Withheld(String why) {}
