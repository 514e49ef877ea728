package dev.headlight.jinja;

/**
 * Text marked by the filter {@code safe}, Jinja's {@code Markup}. It can be printed. Other operations, which escape
 * HTML in Jinja, are refused.
 */
record Markup(String text) {}
