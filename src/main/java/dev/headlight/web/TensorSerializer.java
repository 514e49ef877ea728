package dev.headlight.web;

import dev.headlight.tensor.NestedJson;
import dev.headlight.tensor.Tensor;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;

/** A tensor as {@code {"dims","shape","dtype","data"}}; its values go to the stream as the buffer is walked. */
final class TensorSerializer extends ValueSerializer<Tensor> {
    /** The attribute that says how; without it there is no {@code data}. */
    static final String ENCODING = "encoding";

    @Override
    public void serialize(Tensor tensor, JsonGenerator json, SerializationContext context) {
        json.writeStartObject();
        json.writeName("dims");
        json.writeStartArray();
        tensor.dims().forEach(json::writeString);
        json.writeEndArray();
        json.writeName("shape");
        json.writeArray(tensor.shape(), 0, tensor.dims().size());
        json.writeStringProperty("dtype", "float32");
        if (context.getAttribute(ENCODING) instanceof Encoding encoding) {
            json.writeName("data");
            data(tensor, encoding, json);
        }
        json.writeEndObject();
    }

    private static void data(Tensor tensor, Encoding encoding, JsonGenerator json) {
        if (encoding == Encoding.BASE64) {
            json.writeBinary(tensor.stream(), -1);
            return;
        }
        json.writeRawValue(""); // the separator; digits follow it raw
        NestedJson.write(tensor, (text, length) -> json.writeRaw(text, 0, length));
    }
}
