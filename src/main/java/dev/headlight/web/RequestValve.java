package dev.headlight.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.ActionCode;
import org.jspecify.annotations.Nullable;

/**
 * The outermost part of serving a request. It keeps a tenth of Tomcat's threads for health and for refusals, and lets no
 * thread wait for the rest of a body that was refused: the client has its answer and sends on, so that it can read it.
 */
final class RequestValve extends ValveBase {
    private static final String BEYOND_THREADS = RequestValve.class.getName() + ".beyondThreads";
    private static final String CLOSES = RequestValve.class.getName() + ".closes";
    private static final String SENT = RequestValve.class.getName() + ".sent";
    private static final int KEPT = 10; // of this many threads, one is kept

    private final RequestBodies bodies;
    private final String health; // path
    private @Nullable Semaphore threads;

    /** @param health path of the health endpoints */
    RequestValve(RequestBodies bodies, String health) {
        super(true);
        this.bodies = bodies;
        this.health = health;
    }

    /** Whether a request has no thread to wait on, and must be refused. */
    static boolean isBeyondThreads(ServletRequest request) {
        return request.getAttribute(BEYOND_THREADS) != null;
    }

    /** The status that a request was answered with; Tomcat sets 500 when it closes a connection. */
    static int status(Request request, Response response) {
        return request.getAttribute(SENT) instanceof Integer sent ? sent : response.getStatus();
    }

    /** Closes the connection of a request after its answer, if some of its body has not been read. */
    static void neverReadMore(ServletRequest request) {
        request.setAttribute(CLOSES, true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        if (String.valueOf(request.getDecodedRequestURI()).startsWith(health)) {
            serve(request, response);
            return;
        }
        Semaphore free = threads(request);
        if (!free.tryAcquire()) {
            request.setAttribute(BEYOND_THREADS, true);
            serve(request, response);
            return;
        }
        try {
            serve(request, response);
        } finally {
            free.release();
        }
    }

    private synchronized Semaphore threads(Request request) {
        if (threads == null) {
            int all = ((AbstractProtocol<?>) request.getConnector().getProtocolHandler()).getMaxThreads();
            threads = new Semaphore(Math.max(1, all - Math.max(1, all / KEPT)));
        }
        return threads;
    }

    private void serve(Request request, Response response) throws IOException, ServletException {
        getNext().invoke(request, response);
        if (request.isAsync()) {
            return;
        }
        request.setAttribute(SENT, response.getStatus());
        response.finishResponse(); // here, so that a slow reader holds no thread that is kept
        AtomicBoolean isRead = new AtomicBoolean();
        AtomicBoolean failed = new AtomicBoolean();
        request.getCoyoteRequest().action(ActionCode.REQUEST_BODY_FULLY_READ, isRead);
        response.getCoyoteResponse().action(ActionCode.IS_ERROR, failed);
        if (isRead.get() || failed.get()) {
            return;
        }
        if (request.getAttribute(CLOSES) != null || request.getContext() == null || !request.isAsyncSupported()) {
            leaveUnread(request);
        } else {
            readToTheEnd(request);
        }
    }

    private static void leaveUnread(Request request) {
        request.getCoyoteRequest().action(ActionCode.DISABLE_SWALLOW_INPUT, null);
    }

    private void readToTheEnd(Request request) throws IOException {
        AsyncContext context = request.startAsync();
        BodyTransfer.Sink nowhere = (in, received) -> {
            throw new BodyTransfer.Refused(BodyTransfer.End.TOO_LARGE);
        };
        context.addListener(new AtTheEnd(request));
        BodyTransfer.begin(bodies, context, new UnreadBody(request.getCoyoteRequest()), nowhere, end -> {
            if (end != BodyTransfer.End.CLIENT_GONE) {
                context.complete();
            }
        });
    }

    /** Lets Tomcat close the connection of a body that has not been read to its end, instead of reading on. */
    private record AtTheEnd(Request request) implements AsyncListener {
        /** On the thread that ends the request: Tomcat counts it as unfinished for ever if another one does this. */
        @Override
        public void onComplete(AsyncEvent event) {
            if (!request.getCoyoteRequest().isFinished()) {
                leaveUnread(request);
            }
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }
}
