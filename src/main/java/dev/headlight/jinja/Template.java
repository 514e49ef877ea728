package dev.headlight.jinja;

import java.time.LocalDateTime;
import java.util.Map;

/** A parsed template. Thread-safe. */
public final class Template {
    private final Names names = new Names(null);
    private final Node body;

    /**
     * Parses a template.
     *
     * @param source of the template
     * @throws TemplateFault if it is not valid or uses a feature that is not implemented
     */
    public Template(String source) {
        body = Statements.parse(Lexer.tokens(source), names);
    }

    /**
     * Renders the template.
     *
     * @param variables by name: strings, booleans, numbers as {@code Long} or {@code Double}, {@link None}, {@link
     *     UnavailableValue}, and lists and maps of these; not changed
     * @param now time for {@code strftime_now}
     * @return the text
     * @throws Raised if the template calls {@code raise_exception}
     * @throws TemplateFault if Jinja would fail, a feature is not implemented, or the rendering exceeds its {@link
     *     Budget}
     */
    public String render(Map<String, Object> variables, LocalDateTime now) {
        Scope enclosing = new Scope(null, new Names(null));
        variables.forEach(enclosing::set);
        Frame frame = new Frame(new Scope(enclosing, names), new StringBuilder(), new Budget(), now);
        body.run(frame);
        return frame.out().toString();
    }
}
