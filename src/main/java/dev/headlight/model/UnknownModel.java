package dev.headlight.model;

/** No model has this id. */
public final class UnknownModel extends RuntimeException {
    public UnknownModel(String id, Iterable<String> known) {
        super(BadSelection.brief(id) + " is no model here; there are " + String.join(", ", known));
    }
}
