package dev.headlight.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Writes problem documents for filters, which refuse requests before a controller is found. */
@Component
public final class ProblemWriter {
    private final JsonMapper mapper;

    ProblemWriter(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * Answers a request with a problem.
     *
     * @param detail the reason, and what would be right
     */
    public void write(HttpServletRequest request, HttpServletResponse response, Problem.Kind kind, String detail)
            throws IOException {
        response.setStatus(kind.status);
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getOutputStream()
                .write(mapper.writeValueAsBytes(Problem.of(kind, detail, List.of(), RequestLog.idOf(request))));
    }
}
