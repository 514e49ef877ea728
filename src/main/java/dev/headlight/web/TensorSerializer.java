package dev.headlight.web;

import dev.headlight.tensor.Base64Values;
import dev.headlight.tensor.NestedJson;
import dev.headlight.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;

/** Writes a tensor as {@code {"dims","shape","dtype","data"}}. Values are streamed from the buffer. */
final class TensorSerializer extends ValueSerializer<Tensor> {
    /** The context attribute with the {@link Encoding} of the values; without it, {@code data} is left out. */
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

    /** Writes the values past the generator, which takes text only as characters. */
    private static void data(Tensor tensor, Encoding encoding, JsonGenerator json) {
        json.writeRawValue(""); // the separator
        json.flush();
        OutputStream out = (OutputStream) json.streamWriteOutputTarget();
        try {
            if (encoding == Encoding.BASE64) {
                out.write('"');
                Base64Values.write(tensor, out);
                out.write('"');
            } else {
                NestedJson.write(tensor, out);
            }
        } catch (IOException e) {
            throw JacksonIOException.construct(e, json);
        }
    }
}
