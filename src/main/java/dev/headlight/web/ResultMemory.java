package dev.headlight.web;

import dev.headlight.tensor.Kept;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Frees a request's native memory when its answer has been written, whatever became of it. */
@Component
final class ResultMemory extends OncePerRequestFilter {
    private static final String ATTRIBUTE = ResultMemory.class.getName();

    /** Memory of the current request, freed at its end. */
    static Kept ofRequest() {
        Kept kept = new Kept();
        RequestContextHolder.currentRequestAttributes().setAttribute(ATTRIBUTE, kept, RequestAttributes.SCOPE_REQUEST);
        return kept;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            chain.doFilter(request, response);
        } finally {
            if (request.getAttribute(ATTRIBUTE) instanceof Kept kept) {
                kept.close();
            }
        }
    }
}
