package dev.headlight.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses TRACE as any method that a path does not have: with a problem document and the methods that it has. A servlet would
 * answer it with the headers of the request, and Tomcat alone with methods that the path does not have.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class TraceRefusal extends OncePerRequestFilter {
    /** A request whose body came late is dispatched again, see {@link BodyFilter}. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        chain.doFilter(request.getMethod().equals("TRACE") ? renamed(request) : request, response);
    }

    /** With a method that no servlet knows: names of methods are case-sensitive. */
    private static HttpServletRequest renamed(HttpServletRequest request) {
        return new HttpServletRequestWrapper(request) {
            @Override
            public String getMethod() {
                return "trace";
            }
        };
    }
}
