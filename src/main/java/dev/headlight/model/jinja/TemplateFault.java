package dev.headlight.model.jinja;

/** A template that cannot be rendered; the message says why. */
public class TemplateFault extends RuntimeException {
    TemplateFault(String message) {
        super(message);
    }

    static TemplateFault at(int line, String message) {
        return new TemplateFault("line " + line + ": " + message);
    }
}
