package dev.headlight.tensor;

import java.util.Locale;

/** Names as they are written in requests and answers. */
public final class Wire {
    private Wire() {}

    /** The name of a constant in lower case, such as {@code value_weighted}. */
    public static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
