package dev.headlight.model;

/** A well-formed choice that the model or the request rules out. Knows nothing of HTTP. */
public class BadSelection extends RuntimeException {
    private final String field;

    /**
     * @param field path of the offending field, such as {@code interventions[0].heads}
     * @param value what was given
     * @param allowed what would do, such as {@code must be 0..11}
     */
    public BadSelection(String field, Object value, String allowed) {
        super(brief(value) + " " + allowed);
        this.field = field;
    }

    /**
     * @param field path of the offending field
     * @param message what is wrong, as half a sentence
     */
    public BadSelection(String field, String message) {
        super(message);
        this.field = field;
    }

    public String field() {
        return field;
    }

    /** Values of hostile length are cut. */
    static String brief(Object value) {
        String text = String.valueOf(value);
        return text.codePointCount(0, text.length()) <= 100
                ? text
                : text.substring(0, text.offsetByCodePoints(0, 100)) + "…";
    }
}
