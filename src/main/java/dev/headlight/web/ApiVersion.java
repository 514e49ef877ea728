package dev.headlight.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Tells the version of the API in every answer, problems included. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ApiVersion extends OncePerRequestFilter {
    /** Name of the header. */
    static final String HEADER = "API-Version";
    /** Version of the API, which is that of the OpenAPI document. */
    static final String VERSION = "0.1.0";

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        response.setHeader(HEADER, VERSION);
        chain.doFilter(request, response);
    }
}
