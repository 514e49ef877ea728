package dev.headlight.model.fault;

/** No model has the requested id. */
public final class UnknownModel extends RuntimeException {
    /** Reports an id where only models from the hub are allowed. */
    public UnknownModel(String id) {
        super(BadSelection.brief(id) + " is not a model from the hub");
    }

    /** Reports an id, with the ids that exist. */
    public UnknownModel(String id, Iterable<String> known) {
        super(BadSelection.brief(id) + " is not a known model; known models are " + String.join(", ", known)
                + hint(id));
    }

    /** A model from the hub is named with a slash there. */
    private static String hint(String id) {
        return id.matches("\\w[\\w.-]*/\\w[\\w.-]*")
                ? "; a model from the hub has the id owner--name: " + id.replace("/", "--")
                : "";
    }
}
