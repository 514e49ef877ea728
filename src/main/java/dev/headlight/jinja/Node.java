package dev.headlight.jinja;

import java.util.List;

/** A parsed statement or text. */
interface Node {
    /** How the rendering continues. */
    enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    /** Runs the statement. */
    Flow run(Frame frame);

    /** Statements that run one after the other. */
    static Node all(List<Node> nodes) {
        return frame -> {
            Flow flow = Flow.NEXT;
            frame.budget().enter();
            for (int i = 0; i < nodes.size() && flow == Flow.NEXT; i++) {
                frame.budget().step();
                flow = nodes.get(i).run(frame);
            }
            frame.budget().leave();
            return flow;
        };
    }

    /** Prints text. */
    static Node print(String text) {
        return frame -> {
            frame.print(text);
            return Flow.NEXT;
        };
    }

    /** Prints the value of an expression. */
    static Node print(Expr value) {
        return frame -> {
            frame.print(Strings.str(frame.budget(), value.eval(frame)));
            return Flow.NEXT;
        };
    }
}
