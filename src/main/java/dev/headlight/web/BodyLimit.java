package dev.headlight.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/** Refuses request bodies that exceed the limit, with or without a Content-Length, and compressed bodies. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1) // directly after the log, before anything can read the body
final class BodyLimit extends OncePerRequestFilter {
    private final long limit;
    private final JsonMapper mapper;

    BodyLimit(HeadlightProperties properties, JsonMapper mapper) {
        this.limit = properties.limits().bodyBytes().toBytes();
        this.mapper = mapper;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String encoding = request.getHeader("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            refuse(
                    request,
                    response,
                    Problem.Kind.UNSUPPORTED_MEDIA_TYPE,
                    "a request body must not have a Content-Encoding");
        } else if (request.getContentLengthLong() > limit) {
            refuse(request, response, Problem.Kind.TOO_LARGE, message(limit));
        } else {
            chain.doFilter(new LimitedRequest(request, limit), response);
        }
    }

    private static String message(long limit) {
        return "the body is larger than the limit of " + limit + " bytes (headlight.limits.body-bytes)";
    }

    private void refuse(HttpServletRequest request, HttpServletResponse response, Problem.Kind kind, String detail)
            throws IOException {
        response.setStatus(kind.status);
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getOutputStream()
                .write(mapper.writeValueAsBytes(Problem.of(kind, detail, List.of(), RequestLog.idOf(request))));
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
