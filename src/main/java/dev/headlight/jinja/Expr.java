package dev.headlight.jinja;

/** A parsed expression. */
interface Expr {
    /** Evaluates the expression. */
    Object eval(Frame frame);

    /** An expression that counts as one step and one level of nesting. */
    static Expr counted(Expr expr) {
        return frame -> {
            frame.budget().enter();
            Object value = expr.eval(frame);
            frame.budget().leave();
            return value;
        };
    }
}
