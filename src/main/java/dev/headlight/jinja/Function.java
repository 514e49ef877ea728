package dev.headlight.jinja;

/** A callable value: a macro, a method, or a global function. */
interface Function {
    /** Calls the function. */
    Object call(Frame frame, Arguments arguments);
}
