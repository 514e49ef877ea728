package dev.headlight.model.jinja;

/** Text that the filter {@code safe} has marked. It can be printed; other operations escape HTML in Jinja, and are refused here. */
record Safe(String text) {}
