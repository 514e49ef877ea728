package dev.headlight.model.jinja;

import java.util.List;

/** What a value is assigned to: a name, an attribute of a namespace, or a name for each element. */
sealed interface Target {
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
