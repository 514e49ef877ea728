package dev.headlight.model.jinja;

import java.util.List;

/** A statement, or text that is printed. */
interface Node {
    /** How the rendering goes on. */
    enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    Flow run(Frame frame);

    /** One after the other. */
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

    static Node print(String text) {
        return frame -> {
            frame.print(text);
            return Flow.NEXT;
        };
    }

    static Node print(Expr value) {
        return frame -> {
            frame.print(Strings.str(frame.budget(), value.eval(frame)));
            return Flow.NEXT;
        };
    }
}
