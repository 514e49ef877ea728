package dev.headlight.model.jinja;

/** What can be called: a macro, a method of a value, a function that Jinja has. */
interface Function {
    Object call(Frame frame, Arguments arguments);
}
