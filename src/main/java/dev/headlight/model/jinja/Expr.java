package dev.headlight.model.jinja;

/** An expression. */
interface Expr {
    Object eval(Frame frame);

    /** The same, counted as a step. */
    static Expr counted(Expr expr) {
        return frame -> {
            frame.budget().enter();
            Object value = expr.eval(frame);
            frame.budget().leave();
            return value;
        };
    }
}
