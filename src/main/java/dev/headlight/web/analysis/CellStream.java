package dev.headlight.web.analysis;

import dev.headlight.interp.patching.Sweep;
import dev.headlight.web.ClientConnection;
import dev.headlight.web.Reply;
import dev.headlight.web.ReplyConverter;
import dev.headlight.web.ServerSentEvent;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends a sweep as server-sent events: {@code cells} as they are computed, then {@code answer}. Nothing is sent before the
 * first cell, so that a refused request still gets a problem document. The sweep stops when the client closes the connection.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">WHATWG, server-sent events</a>
 */
final class CellStream implements Sweep.Listener {
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final JsonMapper mapper;
    private int models;
    private int columns;
    private int done;
    private int of;

    private record Cell(int[] index, double value) {}

    /**
     * @param done number of cells that have been sent, counted once per noise sample
     * @param of number of all cells, counted in the same way
     */
    private record Cells(List<Cell> cells, int done, int of) {}

    CellStream(HttpServletRequest request, HttpServletResponse response, JsonMapper mapper) {
        this.request = request;
        this.response = response;
        this.mapper = mapper;
    }

    @Override
    public void starts(int gridColumns, int cells) {
        models++;
        columns = gridColumns;
        of = cells;
    }

    /** Sends cells of the request's model; cells of a compared model are only in the answer. */
    @Override
    public void found(int[] cells, double[] values) {
        if (models > 1) {
            return;
        }
        List<Cell> found = new ArrayList<>();
        for (int i = 0; i < cells.length; i++) {
            found.add(new Cell(new int[] {cells[i] / columns, cells[i] % columns}, values[i]));
        }
        done += cells.length;
        send("cells", mapper.writeValueAsBytes(new Cells(found, done, of)));
    }

    /** Sends the last event: the whole answer as JSON, without line breaks. */
    void answer(Reply reply) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try {
            new ReplyConverter(mapper).write(reply, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        send("answer", json.toByteArray());
    }

    private void send(String event, byte[] data) {
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
    static final class ClientGone extends RuntimeException {
        ClientGone(IOException cause) {
            super(cause);
        }
    }
}
