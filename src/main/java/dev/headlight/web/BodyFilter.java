package dev.headlight.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Waits for the body of a request without a thread, and refuses one that is compressed, too large or too slow, or for which
 * there is no room. A body that has not arrived with the headers makes the request pass the filters a second time, as an
 * asynchronous dispatch.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 2) // after the access rules, before anything can read the body
final class BodyFilter extends OncePerRequestFilter {
    private static final String ARRIVED = BodyFilter.class.getName();
    private static final String NO_THREAD =
            "as many requests are being served as there are threads for; try again after a second";

    private final RequestBodies bodies;
    private final ProblemWriter problems;

    /** What the second pass finds. */
    private record Arrived(BufferedBody body, BodyTransfer.End end) {}

    BodyFilter(RequestBodies bodies, ProblemWriter problems) {
        this.bodies = bodies;
        this.problems = problems;
    }

    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (request.getAttribute(ARRIVED) instanceof Arrived arrived) {
            request.removeAttribute(ARRIVED);
            serve(arrived, request, response, chain);
        } else if (RequestValve.isBeyondThreads(request)) {
            refuse(request, response, Problem.Kind.QUEUE_FULL, NO_THREAD);
        } else if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            String detail = "a request body must not have a Content-Encoding";
            refuse(request, response, Problem.Kind.UNSUPPORTED_MEDIA_TYPE, detail);
        } else if (request.getContentLengthLong() > bodies.limit()) {
            refuse(request, response, Problem.Kind.TOO_LARGE, bodies.tooLarge());
        } else if (request.getContentLengthLong() == 0
                || request.getInputStream().isFinished()) {
            chain.doFilter(request, response);
        } else {
            receive(request, response, chain);
        }
    }

    private void receive(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long length = request.getContentLengthLong();
        ServletInputStream in = request.getInputStream();
        BufferedBody body = new BufferedBody(bodies);
        ClientConnection client = ClientConnection.of(request);
        if (length > 0 && client != null && client.hasSent(length)) {
            boolean fits = true;
            while (fits && body.length() < length) {
                fits = body.append(in, length - body.length());
            }
            serve(
                    new Arrived(body, fits ? BodyTransfer.End.WHOLE : BodyTransfer.End.NO_ROOM),
                    request,
                    response,
                    chain);
            return;
        }
        AsyncContext context = request.startAsync();
        BodyTransfer.begin(bodies, context, in, (from, received) -> append(body, from, length), end -> {
            request.setAttribute(ARRIVED, new Arrived(body, end));
            if (end == BodyTransfer.End.CLIENT_GONE) {
                body.close();
            } else {
                context.dispatch();
            }
        });
    }

    private int append(BufferedBody body, ServletInputStream in, long expected) throws IOException {
        long before = body.length();
        boolean fits = body.append(in, expected - before);
        if (!fits || body.length() > bodies.limit()) {
            body.close();
            throw new BodyTransfer.Refused(fits ? BodyTransfer.End.TOO_LARGE : BodyTransfer.End.NO_ROOM);
        }
        return (int) (body.length() - before);
    }

    private void serve(Arrived arrived, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        RequestValve.neverReadMore(request);
        try (BufferedBody body = arrived.body) {
            switch (arrived.end) {
                case TOO_LARGE -> refuse(request, response, Problem.Kind.TOO_LARGE, bodies.tooLarge());
                case TOO_SLOW -> refuse(request, response, Problem.Kind.BODY_TOO_SLOW, bodies.tooSlow());
                case WHOLE -> {
                    if (RequestValve.isBeyondThreads(request)) {
                        refuse(request, response, Problem.Kind.QUEUE_FULL, NO_THREAD);
                    } else if (body.takeToServe()) {
                        chain.doFilter(new Buffered(request, body), response);
                    } else {
                        refuse(request, response, Problem.Kind.MEMORY_FULL, bodies.noRoom());
                    }
                }
                case NO_ROOM, CLIENT_GONE -> refuse(request, response, Problem.Kind.MEMORY_FULL, bodies.noRoom());
            }
        }
    }

    private void refuse(HttpServletRequest request, HttpServletResponse response, Problem.Kind kind, String detail)
            throws IOException {
        if (kind.status == 429) {
            response.setHeader(HttpHeaders.RETRY_AFTER, "1");
        }
        problems.write(request, response, kind, detail);
    }

    /** A request whose body has arrived. */
    private static final class Buffered extends HttpServletRequestWrapper {
        private final ServletInputStream in;

        Buffered(HttpServletRequest request, BufferedBody body) {
            super(request);
            this.in = body.stream();
        }

        @Override
        public ServletInputStream getInputStream() {
            return in;
        }
    }
}
