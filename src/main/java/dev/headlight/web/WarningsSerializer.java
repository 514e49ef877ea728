package dev.headlight.web;

import dev.headlight.interp.Verification;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;

/** The warnings of an answer, and those of its verification where there is one. */
final class WarningsSerializer extends ValueSerializer<List<String>> {
    /** The attribute that holds the verification. */
    static final String VERIFICATION = "verification";

    @Override
    public void serialize(List<String> warnings, JsonGenerator json, SerializationContext context) {
        json.writeStartArray();
        warnings.forEach(json::writeString);
        if (context.getAttribute(VERIFICATION) instanceof Verification verification) {
            verification.warnings().forEach(json::writeString);
        }
        json.writeEndArray();
    }
}
