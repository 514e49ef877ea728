package dev.headlight.model.jinja;

/** What the template itself objects to, in its own words: it called {@code raise_exception}. */
public final class Raised extends TemplateFault {
    Raised(String message) {
        super(message);
    }
}
