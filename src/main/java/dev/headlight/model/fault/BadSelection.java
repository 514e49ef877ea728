package dev.headlight.model.fault;

/** A well-formed value in a request that does not fit the model or the rest of the request. */
public class BadSelection extends RuntimeException {
    private final String field;

    /**
     * Reports a value and what is allowed instead.
     *
     * @param field path of the offending field, such as {@code interventions[0].heads}
     * @param value the given value
     * @param allowed the allowed values, such as {@code must be 0..11}
     */
    public BadSelection(String field, Object value, String allowed) {
        super(brief(value) + " " + allowed);
        this.field = field;
    }

    /**
     * Reports a fault of a field.
     *
     * @param field path of the offending field
     * @param message the fault, as a sentence without its subject, such as {@code must not be empty}
     */
    public BadSelection(String field, String message) {
        super(message);
        this.field = field;
    }

    /** Path of the offending field in the request, such as {@code interventions[0].heads}. */
    public String field() {
        return field;
    }

    /** The value as text, cut after 100 characters, because clients can send values of any length. */
    static String brief(Object value) {
        String text = String.valueOf(value);
        return text.codePointCount(0, text.length()) <= 100
                ? text
                : text.substring(0, text.offsetByCodePoints(0, 100)) + "…";
    }
}
