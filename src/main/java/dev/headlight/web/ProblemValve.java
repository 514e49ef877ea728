package dev.headlight.web;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.coyote.ActionCode;
import org.apache.coyote.http11.Http11InputBuffer;
import org.apache.tomcat.util.res.StringManager;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.util.StringUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers with a problem document what Tomcat refuses before any servlet sees it, and errors without a body. Tomcat's own
 * valve would answer in HTML.
 */
final class ProblemValve extends ErrorReportValve {
    private static final int HEADERS_TOO_LARGE = 431;
    private static final int VERSION_NOT_SUPPORTED = 505;
    /** What Tomcat says of a request whose line and headers exceed its buffer, which it answers 400. */
    private static final String HEADERS_EXCEED =
            StringManager.getManager(Http11InputBuffer.class).getString("iib.requestheadertoolarge.error");

    private final JsonMapper mapper;

    ProblemValve(JsonMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        boolean isHttp09 = !StringUtils.hasLength(request.getProtocol()) && response.getStatus() < 400;
        if (isHttp09) { // an answer could not tell a problem from a result
            response.setStatus(VERSION_NOT_SUPPORTED);
            report(request, response, null);
            return;
        }
        super.invoke(request, response);
    }

    @Override
    protected void report(Request request, Response response, @Nullable Throwable throwable) {
        if (response.getStatus() < 400 || response.getContentWritten() > 0 || !canWrite(response)) {
            return;
        }
        response.setErrorReported();
        if (isOfHeaders(request)) {
            response.setStatus(HEADERS_TOO_LARGE);
        }
        String id = RequestLog.idOf(request);
        Problem problem = ContainerErrors.problem(response.getStatus(), String.valueOf(request.getRequestURI()), id);
        try {
            response.setHeader(RequestLog.HEADER, id);
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
            response.setCharacterEncoding(StandardCharsets.UTF_8.name());
            Writer writer = response.getReporter();
            if (writer != null) {
                writer.write(mapper.writeValueAsString(problem));
                response.finishResponse();
            }
        } catch (IOException e) {
            container.getLogger().debug("The client has gone", e);
        }
    }

    private static boolean isOfHeaders(Request request) {
        return request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof IllegalArgumentException e
                && HEADERS_EXCEED.equals(e.getMessage());
    }

    private static boolean canWrite(Response response) {
        AtomicBoolean allowed = new AtomicBoolean();
        response.getCoyoteResponse().action(ActionCode.IS_IO_ALLOWED, allowed);
        return allowed.get() && !response.isCommitted();
    }
}
