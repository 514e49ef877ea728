package dev.headlight.web;

import dev.headlight.tensor.Npy;
import dev.headlight.tensor.SafetensorsWriter;
import dev.headlight.tensor.Tensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes a reply in its format, straight to the output stream. */
public final class ReplyConverter extends AbstractHttpMessageConverter<Reply> {
    private static final int BUFFER = 1 << 16;

    private final JsonMapper mapper;

    /** Creates a converter that writes JSON with this mapper. */
    public ReplyConverter(JsonMapper mapper) {
        super(MediaType.ALL);
        this.mapper = mapper;
    }

    @Override
    protected boolean supports(Class<?> type) {
        return type == Reply.class;
    }

    @Override
    protected Reply readInternal(Class<? extends Reply> type, HttpInputMessage input) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void writeInternal(Reply reply, HttpOutputMessage output) throws IOException {
        OutputStream out = new BufferedOutputStream(output.getBody(), BUFFER);
        switch (reply.format()) {
            case JSON ->
                mapper.writer()
                        .without(StreamWriteFeature.AUTO_CLOSE_TARGET)
                        .without(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
                        .withAttribute(TensorSerializer.ENCODING, reply.encoding())
                        .writeValue(out, ReplyBody.of(reply));
            case SAFETENSORS -> SafetensorsWriter.write(reply.tensors(), Map.of("response", withoutValues(reply)), out);
            case NPY -> Npy.write(onlyTensor(reply), out);
            case PNG, SVG, DOT -> out.write(reply.picture());
        }
        out.flush();
    }

    /** The reply as JSON, without the values of its tensors. */
    private String withoutValues(Reply reply) {
        return mapper.writeValueAsString(ReplyBody.of(reply));
    }

    private static Tensor onlyTensor(Reply reply) {
        return reply.analysis().tensors().values().iterator().next();
    }
}
