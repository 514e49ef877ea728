package dev.headlight.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses request bodies that exceed the limit, with or without a Content-Length, and compressed bodies. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 2) // after the log and the access rules, before anything can read the body
final class BodyLimit extends OncePerRequestFilter {
    private final long limit;
    private final ProblemWriter problems;

    BodyLimit(HeadlightProperties properties, ProblemWriter problems) {
        this.limit = properties.limits().bodyBytes().toBytes();
        this.problems = problems;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String encoding = request.getHeader("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            problems.write(
                    request,
                    response,
                    Problem.Kind.UNSUPPORTED_MEDIA_TYPE,
                    "a request body must not have a Content-Encoding");
        } else if (request.getContentLengthLong() > limit) {
            problems.write(request, response, Problem.Kind.TOO_LARGE, message(limit));
        } else {
            chain.doFilter(new LimitedRequest(request, limit), response);
        }
    }

    private static String message(long limit) {
        return "the body is larger than the limit of " + limit + " bytes (headlight.limits.body-bytes)";
    }

    /** A body that exceeded the limit while it was read. */
    static final class BodyTooLarge extends IOException {
        BodyTooLarge(long limit) {
            super(message(limit));
        }
    }

    private static final class LimitedRequest extends HttpServletRequestWrapper {
        private final long limit;

        LimitedRequest(HttpServletRequest request, long limit) {
            super(request);
            this.limit = limit;
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            return new CountingStream(super.getInputStream(), limit);
        }
    }

    private static final class CountingStream extends ServletInputStream {
        private final ServletInputStream in;
        private final long limit;
        private long count;

        CountingStream(ServletInputStream in, long limit) {
            this.in = in;
            this.limit = limit;
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            return counted(value < 0 ? 0 : 1, value);
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            int read = in.read(to, from, length);
            return counted(Math.max(read, 0), read);
        }

        private int counted(int bytes, int result) throws BodyTooLarge {
            count += bytes;
            if (count > limit) {
                throw new BodyTooLarge(limit);
            }
            return result;
        }

        @Override
        public boolean isFinished() {
            return in.isFinished();
        }

        @Override
        public boolean isReady() {
            return in.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            in.setReadListener(listener);
        }
    }
}
