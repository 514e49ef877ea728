package dev.headlight.web;

import java.io.IOException;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import tools.jackson.databind.json.JsonMapper;

/** Writes the problem of an event stream that has begun as its last event, {@code error}. */
final class EventStreamProblems extends AbstractHttpMessageConverter<Problem> {
    private final JsonMapper mapper;

    EventStreamProblems(JsonMapper mapper) {
        super(MediaType.TEXT_EVENT_STREAM);
        this.mapper = mapper;
    }

    @Override
    protected boolean supports(Class<?> type) {
        return type == Problem.class;
    }

    @Override
    protected Problem readInternal(Class<? extends Problem> type, HttpInputMessage input) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void writeInternal(Problem problem, HttpOutputMessage output) throws IOException {
        new ServerSentEvent("error", mapper.writeValueAsBytes(problem)).write(output.getBody());
    }
}
