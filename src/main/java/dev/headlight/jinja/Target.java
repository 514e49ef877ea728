package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The target of an assignment: a name, an attribute of a namespace, or several of these for unpacking. */
sealed interface Target {
    /** Names that templates must not assign. */
    Set<String> RESERVED = Set.of(
            "true", "True", "false", "False", "none", "None", "loop", "caller", "kwargs", "self", "super", "varargs");

    /** Parses one or more names or namespace attributes. */
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

    /** Parses a name that is not reserved. */
    static String name(Tokens tokens) {
        String name = tokens.name();
        if (RESERVED.contains(name)) {
            throw tokens.fault("'" + name + "' cannot be assigned to");
        }
        return name;
    }

    /** Assigns a value. */
    void assign(Frame frame, Object value);

    /** The names that get a value. */
    List<String> names();

    /** A name. */
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

    /** An attribute of a namespace. */
    record Attribute(String owner, String name) implements Target {
        @Override
        public void assign(Frame frame, Object value) {
            Object namespace = frame.scope().get(owner);
            if (!(namespace instanceof Namespace n)) {
                throw new TemplateFault(
                        "'" + owner + "' is not a namespace, and only attributes of a namespace can be set");
            }
            n.set(name, value);
        }

        @Override
        public List<String> names() {
            return List.of();
        }
    }

    /** Several targets that unpack one value. */
    record Several(List<Target> targets) implements Target {
        @Override
        public void assign(Frame frame, Object value) {
            List<Object> elements = Values.elements(frame.budget(), value);
            if (elements.size() != targets.size()) {
                throw new TemplateFault("expected " + targets.size() + " values but found " + elements.size());
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
