package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@code for} loop.
 *
 * @param target gets each item
 * @param items what to iterate over
 * @param test selects items; null for all
 * @param testNames scope of the test
 * @param body run for each selected item
 * @param bodyNames scope of the body
 * @param otherwise the {@code else} branch, run if no iteration reached the end of the body, as in Jinja
 * @param otherwiseNames scope of the {@code else} branch
 */
record For(
        Target target,
        Expr items,
        @Nullable Expr test,
        Names testNames,
        Node body,
        Names bodyNames,
        Node otherwise,
        Names otherwiseNames)
        implements Node {
    @Override
    public Flow run(Frame frame) {
        List<Object> selected = selected(frame, Values.elements(frame.budget(), items.eval(frame)));
        Loop loop = new Loop(selected);
        boolean ended = false;
        for (int i = 0; i < selected.size(); i++) {
            frame.budget().step();
            loop.at(i);
            Frame inner = frame.inner(bodyNames);
            inner.scope().set("loop", loop);
            target.assign(inner, selected.get(i));
            Flow flow = body.run(inner);
            ended |= flow == Flow.NEXT;
            if (flow == Flow.BREAK) {
                break;
            }
        }
        return ended ? Flow.NEXT : otherwise.run(frame.inner(otherwiseNames));
    }

    /** The items that pass the test. With several targets, Jinja yields each unpacked item as a tuple. */
    private List<Object> selected(Frame frame, List<Object> all) {
        if (test == null) {
            return all;
        }
        List<Object> selected = new ArrayList<>();
        for (Object item : all) {
            Frame inner = frame.inner(testNames);
            target.assign(inner, item);
            if (Values.truth(test.eval(inner))) {
                selected.add(
                        target instanceof Target.Several ? new Tuple(Values.elements(frame.budget(), item)) : item);
            }
        }
        return selected;
    }
}
