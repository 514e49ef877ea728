package dev.headlight.web;

import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Problem documents for requests that the servlet container refuses before a controller is found. */
@Hidden
@RestController
class ContainerErrors implements ErrorController {
    @RequestMapping("${server.error.path:/error}")
    ResponseEntity<Problem> error(HttpServletRequest request) {
        Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        Problem.Kind kind = switch (status instanceof Integer code ? code : 404) {
            case 400 -> Problem.Kind.UNREADABLE_BODY;
            case 404 -> Problem.Kind.NOT_FOUND;
            case 405 -> Problem.Kind.METHOD_NOT_ALLOWED;
            case 406 -> Problem.Kind.NOT_ACCEPTABLE;
            case 413 -> Problem.Kind.TOO_LARGE;
            case 415 -> Problem.Kind.UNSUPPORTED_MEDIA_TYPE;
            case 503 -> Problem.Kind.NOT_READY;
            default -> Problem.Kind.INTERNAL_ERROR;
        };
        return ResponseEntity.status(kind.status)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(Problem.of(kind, "this request cannot be answered at this path", List.of()));
    }
}
