package dev.headlight.model;

/** No model has this id. */
public final class UnknownModel extends RuntimeException {
    public UnknownModel(String id, Iterable<String> known) {
        super((id.length() <= 100 ? id : id.substring(0, 100) + "…") + " is no model here; there are "
                + String.join(", ", known));
    }
}
