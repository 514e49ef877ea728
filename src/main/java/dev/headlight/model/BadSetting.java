package dev.headlight.model;

/** A {@code headlight.*} setting that cannot be honoured; the service does not start. */
public final class BadSetting extends RuntimeException {
    private final String property;

    /**
     * @param property such as {@code headlight.device}
     * @param message what is wrong, as half a sentence, with what would do
     */
    public BadSetting(String property, String message) {
        super(property + " " + message);
        this.property = property;
    }

    public String property() {
        return property;
    }
}
