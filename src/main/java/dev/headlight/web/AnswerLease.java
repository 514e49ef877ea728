package dev.headlight.web;

import dev.headlight.model.store.MemoryBudget;
import dev.headlight.tensor.AnswerMemory;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** The native memory of a request's answer and its part of the memory budget, held until the answer has been written. */
final class AnswerLease implements AutoCloseable {
    private static final String ATTRIBUTE = AnswerLease.class.getName();

    private final AnswerMemory memory = new AnswerMemory();
    private final List<MemoryBudget.Reservation> budget = new ArrayList<>();

    /** The memory of the current request, which is freed when the request ends, also when it fails. */
    static AnswerLease ofRequest() {
        AnswerLease memory = new AnswerLease();
        RequestContextHolder.currentRequestAttributes()
                .setAttribute(ATTRIBUTE, memory, RequestAttributes.SCOPE_REQUEST);
        return memory;
    }

    AnswerMemory memory() {
        return memory;
    }

    /** Holds the part of the budget that the answer takes. */
    void hold(MemoryBudget.Reservation bytes) {
        budget.add(bytes);
    }

    @Override
    public void close() {
        memory.close();
        budget.forEach(MemoryBudget.Reservation::close);
    }

    /** Frees the memory at the end of each request. */
    @Component
    static final class Release extends OncePerRequestFilter {
        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            try {
                chain.doFilter(request, response);
            } finally {
                if (request.getAttribute(ATTRIBUTE) instanceof AnswerLease memory) {
                    memory.close();
                }
            }
        }
    }
}
