package dev.headlight.model.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a value is assigned to: a name, an attribute of a namespace, or a name for each element. */
sealed interface Target {
    /** What no template may assign to. */
    Set<String> RESERVED = Set.of(
            "true", "True", "false", "False", "none", "None", "loop", "caller", "kwargs", "self", "super", "varargs");

    /** Parses one name or several, each of which may be a namespace's attribute. */
    static Target parse(Tokens tokens, Names names) {
        List<Target> targets = new ArrayList<>();
        do {
            if (tokens.look().isOperator(".")) {
                String owner = tokens.name();
                names.read(owner);
                tokens.next();
                targets.add(new Attribute(owner, tokens.name()));
            } else {
                targets.add(new Name(name(tokens)));
            }
        } while (tokens.skipOperator(","));
        return targets.size() == 1 ? targets.get(0) : new Several(targets);
    }

    /** A name that is not reserved. */
    static String name(Tokens tokens) {
        String name = tokens.name();
        if (RESERVED.contains(name)) {
            throw tokens.fault("'" + name + "' cannot be assigned to");
        }
        return name;
    }

    void assign(Frame frame, Object value);

    /** The names that it gives a value. */
    List<String> names();

    record Name(String name) implements Target {
        @Override
        public void assign(Frame frame, Object value) {
            frame.scope().set(name, value);
        }

        @Override
        public List<String> names() {
            return List.of(name);
        }
    }

    record Attribute(String owner, String name) implements Target {
        @Override
        public void assign(Frame frame, Object value) {
            Object namespace = frame.scope().get(owner);
            if (!(namespace instanceof Namespace n)) {
                throw new TemplateFault(
                        "'" + owner + "' is no namespace, and only a namespace's attributes can be set");
            }
            n.set(name, value);
        }

        @Override
        public List<String> names() {
            return List.of();
        }
    }

    record Several(List<Target> targets) implements Target {
        @Override
        public void assign(Frame frame, Object value) {
            List<Object> elements = Values.elements(frame.budget(), value);
            if (elements.size() != targets.size()) {
                throw new TemplateFault(targets.size() + " values are expected, and " + elements.size() + " found");
            }
            for (int i = 0; i < targets.size(); i++) {
                targets.get(i).assign(frame, elements.get(i));
            }
        }

        @Override
        public List<String> names() {
            return targets.stream().flatMap(t -> t.names().stream()).toList();
        }
    }
}
