package dev.headlight.web.analysis;

import dev.headlight.web.AnalysisRequest;
import dev.headlight.web.ClientConnection;
import dev.headlight.web.FormatCheck;
import dev.headlight.web.Reply;
import dev.headlight.web.ReplyConverter;
import dev.headlight.web.ServerSentEvent;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends an analysis as server-sent events: its progress, then the event {@code answer}. Nothing is sent before the first
 * progress, so that a refused request still gets a problem document. The analysis stops when the client closes the connection.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">WHATWG, server-sent events</a>
 */
final class EventStream {
    private static final Logger log = LoggerFactory.getLogger(EventStream.class);

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final JsonMapper mapper;

    EventStream(HttpServletRequest request, HttpServletResponse response, JsonMapper mapper) {
        this.request = request;
        this.response = response;
        this.mapper = mapper;
    }

    /**
     * Runs an analysis that sends events, and sends its answer as the last one: as JSON, without line breaks.
     *
     * @throws FormatCheck.NotInThisFormat for a dry run, whose answer is the cost
     */
    void run(AnalysisRequest analysis, Supplier<ResponseEntity<Reply>> answer) {
        if (analysis.dryRun()) {
            throw new FormatCheck.NotInThisFormat("dry_run: " + MediaType.TEXT_EVENT_STREAM_VALUE
                    + " cannot hold the cost; accept " + MediaType.APPLICATION_JSON_VALUE + " instead");
        }
        try {
            write("answer", json(Objects.requireNonNull(answer.get().getBody())));
        } catch (ClientGone e) {
            log.debug("The analysis was stopped: the client closed the connection");
        }
    }

    /** Sends an event whose data is a record, as JSON. */
    void send(String event, Object data) {
        write(event, mapper.writeValueAsBytes(data));
    }

    private byte[] json(Reply reply) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try {
            new ReplyConverter(mapper).write(reply, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return json.toByteArray();
    }

    private void write(String event, byte[] data) {
        if (!response.isCommitted()) {
            response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
            response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        }
        try {
            ClientConnection.write(request, () -> {
                new ServerSentEvent(event, data).write(response.getOutputStream());
                response.flushBuffer();
            });
        } catch (IOException e) {
            throw new ClientGone(e);
        }
    }

    /** The client has closed the connection. */
    private static final class ClientGone extends RuntimeException {
        ClientGone(IOException cause) {
            super(cause);
        }
    }
}
