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

/** The native memory of a request's answer and its share of the memory budget, held until the answer has been written. */
final class AnswerLease implements AutoCloseable {
    private static final String ATTRIBUTE = AnswerLease.class.getName();

    private final AnswerMemory memory = new AnswerMemory();
    private final List<MemoryBudget.Reservation> reservations = new ArrayList<>();

    /** Creates the lease of the current request. It is closed when the request ends, also after an error. */
    static AnswerLease ofRequest() {
        AnswerLease lease = new AnswerLease();
        RequestContextHolder.currentRequestAttributes().setAttribute(ATTRIBUTE, lease, RequestAttributes.SCOPE_REQUEST);
        return lease;
    }

    AnswerMemory memory() {
        return memory;
    }

    /** Holds a reservation of the memory budget until the answer has been written. */
    void hold(MemoryBudget.Reservation reservation) {
        reservations.add(reservation);
    }

    @Override
    public void close() {
        memory.close();
        reservations.forEach(MemoryBudget.Reservation::close);
    }

    /** Closes the lease at the end of each request. */
    @Component
    static final class Release extends OncePerRequestFilter {
        @Override
        protected boolean shouldNotFilterAsyncDispatch() {
            return false;
        }

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            try {
                chain.doFilter(request, response);
            } finally {
                if (request.getAttribute(ATTRIBUTE) instanceof AnswerLease lease) {
                    lease.close();
                }
            }
        }
    }
}
