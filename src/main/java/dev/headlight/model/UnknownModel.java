package dev.headlight.model;

/** No model has this id. */
public final class UnknownModel extends RuntimeException {
    /** Where only models from the hub are meant. */
    public UnknownModel(String id) {
        super(BadSelection.brief(id) + " is no model that comes from the hub");
    }

    public UnknownModel(String id, Iterable<String> known) {
        super(BadSelection.brief(id) + " is no model here; there are " + String.join(", ", known));
    }
}
