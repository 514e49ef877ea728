package dev.headlight.model.fault;

/** A request that exceeds a configured limit. Thrown before any tensor is allocated. */
public final class TooLarge extends RuntimeException {
    private final String field;

    /**
     * Reports an exceeded limit.
     *
     * @param field path of the field that is too large
     * @param found the requested amount
     * @param limit the allowed amount
     * @param unit unit of both amounts, such as {@code tokens} or {@code bytes of memory}
     * @param property the {@code headlight.limits.*} property that sets the limit
     */
    public TooLarge(String field, long found, long limit, String unit, String property) {
        super(found + " " + unit + " are more than the limit of " + limit + " (" + property + ")");
        this.field = field;
    }

    /** Path of the field that is too large. */
    public String field() {
        return field;
    }
}
