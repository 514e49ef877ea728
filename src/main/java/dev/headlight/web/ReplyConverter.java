package dev.headlight.web;

import dev.headlight.tensor.Npy;
import dev.headlight.tensor.SafetensorsWriter;
import dev.headlight.tensor.Tensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes a reply in its format, straight to the output stream. */
public final class ReplyConverter extends AbstractHttpMessageConverter<Reply> {
    private static final int BUFFER =
            1 << 17; // more than a piece of digits, so that the first bytes that leave are many

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
        boolean compressible = isCompressible(reply);
        if (compressible) {
            List<String> vary = new ArrayList<>(output.getHeaders().getVary());
            vary.add(HttpHeaders.ACCEPT_ENCODING);
            output.getHeaders().setVary(vary);
        }
        if (reply.picture() != null && !compressible) {
            output.getHeaders().setContentLength(reply.picture().size());
        }
        try (ReplyStream body = new ReplyStream(output, compressible && gzipAccepted())) {
            OutputStream out = new BufferedOutputStream(body, BUFFER);
            write(reply, out);
            out.flush();
            body.finish();
        }
    }

    /** Whether gzip makes it smaller by half: binary values of activations shrink by 8 %. */
    private static boolean isCompressible(Reply reply) {
        return switch (reply.format()) {
            case JSON -> reply.encoding() == Encoding.NESTED;
            case SVG, DOT -> true;
            case SAFETENSORS, NPY, PNG -> false;
        };
    }

    private static boolean gzipAccepted() {
        return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes request
                && AcceptEncoding.asksForGzip(request.getRequest().getHeader(HttpHeaders.ACCEPT_ENCODING));
    }

    /** Writes a reply in its format, uncompressed. The stream stays open. */
    public void write(Reply reply, OutputStream out) throws IOException {
        switch (reply.format()) {
            case JSON ->
                mapper.writer()
                        .without(StreamWriteFeature.AUTO_CLOSE_TARGET)
                        .without(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
                        .withAttribute(TensorSerializer.ENCODING, reply.encoding())
                        .writeValue(out, ReplyBody.of(reply));
            case SAFETENSORS -> SafetensorsWriter.write(reply.tensors(), Map.of("response", withoutValues(reply)), out);
            case NPY -> Npy.write(onlyTensor(reply), out);
            case PNG, SVG, DOT -> Objects.requireNonNull(reply.picture()).writeTo(out);
        }
    }

    /** The reply as JSON, without the values of its tensors. */
    private String withoutValues(Reply reply) {
        return mapper.writeValueAsString(ReplyBody.of(reply));
    }

    private static Tensor onlyTensor(Reply reply) {
        return reply.analysis().tensors().values().iterator().next();
    }
}
