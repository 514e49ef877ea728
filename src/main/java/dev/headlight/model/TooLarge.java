package dev.headlight.model;

/** More than the configured limits allow; thrown before any tensor is allocated. */
public final class TooLarge extends RuntimeException {
    private final String field;

    /**
     * @param field path of the field that is too large
     * @param found how much was asked for
     * @param limit how much is allowed
     * @param unit what is counted, such as {@code tokens}
     * @param property the {@code headlight.limits.*} property that sets the limit
     */
    public TooLarge(String field, long found, long limit, String unit, String property) {
        super(found + " " + unit + " are more than the limit of " + limit + " (" + property + ")");
        this.field = field;
    }

    public String field() {
        return field;
    }
}
