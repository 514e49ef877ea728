package dev.headlight.jinja;

/** Thrown when a template cannot be parsed or rendered; the message says why. */
public class TemplateFault extends RuntimeException {
    TemplateFault(String message) {
        super(message);
    }

    /** A fault at a line of the source. */
    static TemplateFault at(int line, String message) {
        return new TemplateFault("line " + line + ": " + message);
    }
}
