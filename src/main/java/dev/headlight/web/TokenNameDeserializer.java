package dev.headlight.web;

import dev.headlight.interp.session.TokenName;
import dev.headlight.model.fault.BadSelection;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;

/** Reads a token: a token id, or the text of one token. */
final class TokenNameDeserializer extends ValueDeserializer<TokenName> {
    @Override
    public TokenName deserialize(JsonParser parser, DeserializationContext context) {
        String path = JsonFields.path(parser);
        JsonNode node = context.readTree(parser);
        if (node.isString()) {
            return new TokenName(null, node.asString());
        }
        if (node.isInt() || node.isLong()) {
            return new TokenName(node.asLong(), null);
        }
        throw new BadSelection(path, "must be a token id (an integer) or a text that is one token");
    }
}
