package dev.headlight.model.jinja;

/** What Jinja may render, and is not implemented here. */
final class Unsupported extends TemplateFault {
    Unsupported(String what) {
        super(what + " is not supported");
    }
}
