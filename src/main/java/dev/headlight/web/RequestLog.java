package dev.headlight.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** One log line a request, with an id that the answer's header and any error body repeat. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class RequestLog extends OncePerRequestFilter {
    static final String HEADER = "X-Request-Id";
    private static final String KEY = "request_id";
    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern TRACE_PARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}");
    private static final Logger log = LoggerFactory.getLogger(RequestLog.class);

    /** The client's own id, the trace of a W3C {@code traceparent}, or a new one. */
    private static String id(HttpServletRequest request) {
        String given = request.getHeader(HEADER);
        if (given != null && SANE.matcher(given).matches()) {
            return given;
        }
        String parent = request.getHeader("traceparent");
        Matcher trace = TRACE_PARENT.matcher(parent == null ? "" : parent);
        return trace.matches() ? trace.group(1) : UUID.randomUUID().toString().replace("-", "");
    }

    static String idOf(HttpServletRequest request) {
        return String.valueOf(request.getAttribute(KEY));
    }

    /** Of the request that this thread serves. */
    static String currentId() {
        RequestAttributes request = RequestContextHolder.getRequestAttributes();
        Object id = request == null ? null : request.getAttribute(KEY, RequestAttributes.SCOPE_REQUEST);
        return id == null ? "" : id.toString();
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String id = id(request);
        long start = System.nanoTime();
        MDC.put(KEY, id);
        request.setAttribute(KEY, id);
        response.setHeader(HEADER, id);
        try {
            chain.doFilter(request, response);
        } finally {
            long millis = (System.nanoTime() - start) / 1_000_000;
            log.info("{} {} {} {} ms", request.getMethod(), request.getRequestURI(), response.getStatus(), millis);
            MDC.remove(KEY);
        }
    }
}
