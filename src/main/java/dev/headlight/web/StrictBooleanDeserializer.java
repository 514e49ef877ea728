package dev.headlight.web;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;

/** Reads a primitive {@code boolean}: false if it is absent, and refused if it is null or not a boolean. */
final class StrictBooleanDeserializer extends ValueDeserializer<Boolean> {
    @Override
    public Boolean deserialize(JsonParser parser, DeserializationContext context) {
        if (parser.currentToken() != JsonToken.VALUE_TRUE && parser.currentToken() != JsonToken.VALUE_FALSE) {
            return refuse(context);
        }
        return parser.getBooleanValue();
    }

    @Override
    public Boolean getNullValue(DeserializationContext context) {
        return getAbsentValue(context);
    }

    @Override
    public Boolean getAbsentValue(DeserializationContext context) {
        return false;
    }

    private static Boolean refuse(DeserializationContext context) {
        return context.reportInputMismatch(boolean.class, "not a boolean");
    }
}
