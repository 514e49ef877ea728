package dev.headlight.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A body that arrives. No thread waits for it: Tomcat calls when bytes have come. */
final class BodyTransfer implements ReadListener, AsyncListener {
    /** How a transfer ended. */
    enum End {
        WHOLE,
        TOO_LARGE,
        TOO_SLOW,
        NO_ROOM,
        CLIENT_GONE
    }

    /** Takes the bytes of a body. */
    interface Sink {
        /**
         * Reads from a stream that has some bytes, without waiting for more.
         *
         * @param received bytes that came before
         * @return number of bytes that were read; negative at the end of the body
         * @throws Refused if the rest of the body is not wanted; it is read all the same, so that the client reads the answer
         */
        int read(ServletInputStream in, long received) throws IOException;
    }

    /** The rest of a body is not wanted. */
    static final class Refused extends IOException {
        private final End end;

        Refused(End end) {
            super(end.toString());
            this.end = end;
        }
    }

    private static final String CUT_OFF = BodyTransfer.class.getName();
    private static final int PIECE = 1 << 13;
    private static final long MOST_UNWANTED = 128L << 20; // bytes that are read and not wanted
    private static final Logger log = LoggerFactory.getLogger(BodyTransfer.class);

    private final RequestBodies bodies;
    private final ServletInputStream in;
    private final Sink sink;
    private final Consumer<End> then;
    private final long start = System.nanoTime();
    private final AtomicReference<@Nullable End> end = new AtomicReference<>();
    private End last = End.WHOLE; // how the transfer ends when all has been read
    private volatile long received;

    private BodyTransfer(RequestBodies bodies, ServletInputStream in, Sink sink, Consumer<End> then) {
        this.bodies = bodies;
        this.in = in;
        this.sink = sink;
        this.then = then;
    }

    /**
     * Begins the transfer of a body. It goes on when the thread has left the filters.
     *
     * @param context of the request, just started
     * @param then called once, when the transfer has ended: on a thread of Tomcat, or on the watching one if it was too slow
     */
    static void begin(
            RequestBodies bodies, AsyncContext context, ServletInputStream in, Sink sink, Consumer<End> then) {
        context.setTimeout(0); // the bodies are watched together
        BodyTransfer transfer = new BodyTransfer(bodies, in, sink, then);
        context.addListener(transfer, context.getRequest(), context.getResponse());
        bodies.begin(transfer);
        in.setReadListener(transfer);
    }

    /** Time since the transfer began, in ns. */
    long nanos() {
        return System.nanoTime() - start;
    }

    /** Bytes that have come. */
    long received() {
        return received;
    }

    /** Ends the transfer, unless it has ended. */
    void end(End how) {
        if (end.compareAndSet(null, how)) {
            bodies.end(this);
            try {
                then.accept(how);
            } catch (IllegalStateException e) {
                log.debug("The request has ended before its body", e);
            }
        }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // Tomcat calls this on one thread at a time
    public void onDataAvailable() throws IOException {
        while (end.get() == null && in.isReady()) {
            received += Math.max(0, read());
            if (in.isFinished()) {
                end(last);
            } else if (last != End.WHOLE && received > MOST_UNWANTED) {
                end(last);
            }
        }
    }

    private int read() throws IOException {
        if (last == End.WHOLE) {
            try {
                return sink.read(in, received);
            } catch (Refused e) {
                last = e.end;
            }
        }
        return in.isReady() ? in.read(new byte[PIECE]) : 0;
    }

    @Override
    public void onAllDataRead() {
        end(last);
    }

    @Override
    public void onError(Throwable fault) {
        end(End.CLIENT_GONE);
    }

    /** Whether the client of a request went away before its body had come. */
    static boolean wasCutOff(ServletRequest request) {
        return request.getAttribute(CUT_OFF) != null;
    }

    /** Ends the request here: Tomcat would make an error page for a client that has gone. */
    @Override
    public void onError(AsyncEvent event) {
        end(End.CLIENT_GONE);
        if (event.getSuppliedResponse() instanceof HttpServletResponse response && !response.isCommitted()) {
            response.setStatus(Problem.Kind.CLIENT_GONE.status);
            event.getSuppliedRequest().setAttribute(CUT_OFF, true);
        }
        event.getAsyncContext().complete();
    }

    @Override
    public void onTimeout(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {}

    @Override
    public void onComplete(AsyncEvent event) {}
}
