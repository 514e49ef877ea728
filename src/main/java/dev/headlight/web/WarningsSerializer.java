package dev.headlight.web;

import dev.headlight.interp.Verification;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;

/** Writes the warnings of an answer, then the warnings of its verification if there is one. */
final class WarningsSerializer extends ValueSerializer<List<String>> {
    /** The context attribute with the verification. */
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
