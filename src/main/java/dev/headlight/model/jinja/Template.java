package dev.headlight.model.jinja;

import java.time.LocalDateTime;
import java.util.Map;

/** A template, ready to be rendered, by several threads if need be. */
public final class Template {
    private final Names names = new Names(null);
    private final Node body;

    /** @throws TemplateFault if it is no template, or uses what is not implemented */
    public Template(String source) {
        body = Statements.parse(Lexer.tokens(source), names);
    }

    /**
     * Renders the template.
     *
     * @param variables strings, truth values, numbers as {@code Long} or {@code Double}, {@link None}, and lists and maps
     *     of such; never changed
     * @param now what {@code strftime_now} writes
     * @throws Raised if the template objects to the variables
     * @throws TemplateFault if it cannot be rendered as Jinja renders it, or if that takes too long
     */
    public String render(Map<String, Object> variables, LocalDateTime now) {
        Scope around = new Scope(null, new Names(null));
        variables.forEach(around::set);
        Frame frame = new Frame(new Scope(around, names), new StringBuilder(), new Budget(), now);
        body.run(frame);
        return frame.out().toString();
    }
}
