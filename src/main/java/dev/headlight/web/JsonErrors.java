package dev.headlight.web;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Explains Jackson's errors in the wording of the other problems: path of the field, and what its value must be. */
final class JsonErrors {
    private JsonErrors() {}

    /** Whether the JSON is well-formed and one of its fields is invalid. */
    static boolean isOfAField(JacksonException e) {
        return !isMalformed(e) && !e.getPath().isEmpty();
    }

    private static boolean isMalformed(JacksonException e) {
        return (e instanceof StreamReadException && !(e instanceof InputCoercionException))
                || e instanceof StreamConstraintsException;
    }

    /** The line and column of an error, such as {@code  (line 1, column 7)}; empty if they are unknown. */
    static String where(@Nullable Throwable cause) {
        if (cause instanceof JacksonException json
                && json.getLocation() != null
                && json.getLocation().getLineNr() > 0) {
            return " (line " + json.getLocation().getLineNr() + ", column "
                    + json.getLocation().getColumnNr() + ")";
        }
        return "";
    }

    /** The fault of a field, such as {@code must be a string}. */
    static String message(JacksonException e) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "is not known; the known fields are "
                    + unknown.getKnownPropertyIds().stream()
                            .map(String::valueOf)
                            .sorted()
                            .toList();
        }
        if (e instanceof InputCoercionException) {
            return "is a number out of range";
        }
        if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
            return "must be " + kind(mismatch.getTargetType());
        }
        return "has a value of the wrong type";
    }

    private static String kind(Class<?> type) {
        if (type.isEnum()) {
            return "one of "
                    + List.of(type.getEnumConstants()).stream()
                            .map(String::valueOf)
                            .collect(Collectors.joining(", "));
        }
        if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
            return "an integer";
        }
        if (type == Double.class || type == double.class) {
            return "a number";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == String.class) {
            return "a string";
        }
        return Iterable.class.isAssignableFrom(type) ? "a list" : "an object";
    }

    /** The path of the invalid field, such as {@code interventions[0].layer}. */
    static String path(JacksonException e) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : e.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.toString();
    }
}
