package dev.headlight.web;

import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;

/** Serves the web page at {@code /}. */
@Controller
class HomeController {
    @GetMapping(path = "/", produces = MediaType.TEXT_HTML_VALUE)
    String home() {
        return "forward:/index.html";
    }
}
