package dev.headlight.web;

import dev.headlight.interp.Comparison;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;

/** The other model's answer, without what belongs to the whole reply alone. */
final class ComparisonSerializer extends ValueSerializer<Comparison> {
    /** The attribute that holds the comparison. */
    static final String COMPARISON = "comparison";

    private static final List<String> OF_THE_REPLY =
            List.of(COMPARISON, WarningsSerializer.VERIFICATION, ReplyConverter.RENDERED);

    @Override
    public void serialize(Comparison comparison, JsonGenerator json, SerializationContext context) {
        List<Object> kept = OF_THE_REPLY.stream().map(context::getAttribute).toList();
        OF_THE_REPLY.forEach(name -> context.setAttribute(name, null));
        json.writeStartObject();
        json.writeStringProperty("model", comparison.model());
        json.writeName("answer");
        context.writeValue(json, comparison.answer());
        json.writeName("difference");
        context.writeValue(json, comparison.difference());
        json.writeEndObject();
        for (int i = 0; i < kept.size(); i++) {
            context.setAttribute(OF_THE_REPLY.get(i), kept.get(i));
        }
    }
}
