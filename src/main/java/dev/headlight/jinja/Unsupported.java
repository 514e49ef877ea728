package dev.headlight.jinja;

/** Thrown for a feature of Jinja that is not implemented here. */
final class Unsupported extends TemplateFault {
    Unsupported(String what) {
        super(what + " is not supported");
    }
}
