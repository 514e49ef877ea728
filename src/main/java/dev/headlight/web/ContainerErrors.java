package dev.headlight.web;

import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Problem documents for requests that are refused before a controller is found: here for those that Tomcat can dispatch, and
 * in {@link ProblemValve} for those that it cannot.
 */
@Hidden
@RestController
class ContainerErrors implements ErrorController {
    /** A path that spells a model of the hub as the hub does, with a slash or with one that is percent-encoded. */
    private static final Pattern HUB_PATH = Pattern.compile(
            "/models/([A-Za-z0-9][A-Za-z0-9._-]*)(?:/|%2[Ff]|%5[Cc])([A-Za-z0-9][A-Za-z0-9._-]*)(?:/load|/download)?");

    private static final Map<Integer, Problem.Kind> KINDS = Map.of(
            404, Problem.Kind.NOT_FOUND,
            405, Problem.Kind.METHOD_NOT_ALLOWED,
            406, Problem.Kind.NOT_ACCEPTABLE,
            413, Problem.Kind.TOO_LARGE,
            415, Problem.Kind.UNSUPPORTED_MEDIA_TYPE,
            500, Problem.Kind.INTERNAL_ERROR,
            503, Problem.Kind.NOT_READY);

    private static final Map<Integer, String> DETAILS = Map.of(
            400,
            "the request line, the path or a header is not valid HTTP, or there are too many headers; in a path, percent-encode what is not a letter, a digit "
                    + "or one of -._~, and no slash",
            404,
            "nothing exists at this path",
            416,
            "the Range header asks for bytes that the file does not have",
            417,
            "the only expectation that can be met is 100-continue",
            431,
            "the request line and the headers together are larger than the server's limit "
                    + "(server.max-http-request-header-size)",
            501,
            "the method or the Transfer-Encoding is not implemented",
            505,
            "the version must be HTTP/1.0 or HTTP/1.1");

    @RequestMapping("${server.error.path:/error}")
    ResponseEntity<Problem> error(HttpServletRequest request, HttpServletResponse response) {
        int status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code ? code : 404;
        Object path = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
        String id = RequestLog.idOf(request);
        response.setHeader(RequestLog.HEADER, id);
        boolean ofBody =
                status == 400 && request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof IOException;
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(
                        ofBody
                                ? Problem.of(
                                        Problem.Kind.UNREADABLE_BODY,
                                        "the body is not sent as its headers say",
                                        List.of(),
                                        id)
                                : problem(status, String.valueOf(path), id));
    }

    /**
     * The problem of a request that was refused with a status.
     *
     * @param path as it was sent
     */
    static Problem problem(int status, String path, String requestId) {
        String detail = DETAILS.getOrDefault(status, "this request cannot be answered at this path") + hint(path);
        Problem.Kind kind = KINDS.get(status);
        if (kind != null) {
            return Problem.of(kind, detail, List.of(), requestId);
        }
        HttpStatus known = HttpStatus.resolve(status);
        String title = known == null ? "Status " + status : known.getReasonPhrase();
        URI type = URI.create("/problems/" + title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-"));
        return new Problem(type, title, status, detail, List.of(), null, requestId);
    }

    /** Tells the id of a model of the hub if a path spells it as the hub does; otherwise empty. */
    static String hint(@Nullable String path) {
        Matcher hub = HUB_PATH.matcher(path == null ? "" : path);
        return hub.matches()
                ? "; a model from the hub has the id owner--name: /models/" + hub.group(1) + "--" + hub.group(2)
                : "";
    }
}
