package dev.headlight.jinja;

/** Thrown when a template calls {@code raise_exception}; the message is the template's own. */
public final class Raised extends TemplateFault {
    Raised(String message) {
        super(message);
    }
}
