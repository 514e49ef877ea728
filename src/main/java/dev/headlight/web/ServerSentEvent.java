package dev.headlight.web;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * One event of an event stream.
 *
 * @param name type of the event
 * @param data JSON without line breaks, in UTF-8
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">WHATWG, server-sent events</a>
 */
public record ServerSentEvent(String name, byte[] data) {
    /** Writes the event. The stream stays open. */
    public void write(OutputStream out) throws IOException {
        out.write(("event: " + name + "\ndata: ").getBytes(StandardCharsets.UTF_8));
        out.write(data);
        out.write("\n\n".getBytes(StandardCharsets.UTF_8));
    }
}
