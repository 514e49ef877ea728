package dev.headlight.model.fault;

/** An invalid {@code headlight.*} setting. The service does not start. */
public final class BadSetting extends RuntimeException {
    private final String property;

    /**
     * Reports an invalid setting.
     *
     * @param property name of the setting, such as {@code headlight.device}
     * @param message the fault and the allowed values, as a sentence without its subject
     */
    public BadSetting(String property, String message) {
        super(property + " " + message);
        this.property = property;
    }

    /** Name of the setting, such as {@code headlight.device}. */
    public String property() {
        return property;
    }
}
