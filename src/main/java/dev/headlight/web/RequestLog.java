package dev.headlight.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Gives every request an id, which is in its log lines, in the header of the answer and in the body of an error.
 * {@link RequestLogValve} writes the line of the request itself.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class RequestLog extends OncePerRequestFilter {
    static final String HEADER = "X-Request-Id";
    static final String KEY = "request_id"; // of the log context and of the request
    private static final Pattern VALID_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern TRACE_PARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}");

    /** The id that the client sent, or the trace id of a W3C {@code traceparent}, or a new id. */
    private static String newId(HttpServletRequest request) {
        String given = request.getHeader(HEADER);
        if (given != null && VALID_ID.matcher(given).matches()) {
            return given;
        }
        String parent = request.getHeader("traceparent");
        Matcher trace = TRACE_PARENT.matcher(parent == null ? "" : parent);
        return trace.matches() ? trace.group(1) : UUID.randomUUID().toString().replace("-", "");
    }

    /** The id of a request. */
    static String idOf(HttpServletRequest request) {
        Object known = request.getAttribute(KEY);
        String id = known == null ? newId(request) : known.toString();
        request.setAttribute(KEY, id);
        return id;
    }

    /** The id of the request that this thread serves; empty outside of a request. */
    static String currentId() {
        RequestAttributes request = RequestContextHolder.getRequestAttributes();
        Object id = request == null ? null : request.getAttribute(KEY, RequestAttributes.SCOPE_REQUEST);
        return id == null ? "" : id.toString();
    }

    /** The second pass of a request whose body was still to come. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    @Override
    @SuppressWarnings("try") // the resource only ends with the block
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String id = idOf(request);
        response.setHeader(HEADER, id);
        try (MDC.MDCCloseable context = MDC.putCloseable(KEY, id)) {
            chain.doFilter(request, response);
        }
    }
}
