package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** {@code Allow} lists the methods that a path has, no more and no fewer. */
@RunningService
class AllowedMethodsTest {
    @LocalServerPort
    int port;

    @Autowired
    @Qualifier("requestMappingHandlerMapping")
    RequestMappingHandlerMapping mapping;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @Test
    void ofEveryEndpoint() {
        Map<String, Set<String>> mapped = mapped();
        assertThat(mapped).hasSizeGreaterThan(15).containsKeys("/attention", "/models", "/models/{id}/load");
        mapped.forEach((path, methods) -> {
            String real = path.replace("{id}", "micro").replaceAll("\\{[^}]*}", "x");
            assertThat(allow("OPTIONS", real, 200)).as(path).isEqualTo(methods);
            assertThat(allow("FOO", real, 405)).as(path).isEqualTo(methods);
            assertThat(allow("PATCH", real, 405)).as(path).isEqualTo(methods);
            assertThat(allow("TRACE", real, 405)).as(path).isEqualTo(methods);
        });
    }

    /** Such a request is dispatched a second time, when its body is there. */
    @Test
    void traceWithABodyThatComesLate() throws Exception {
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.head("/tokenize", "*/*", "Content-Length: 13").replace("POST", "TRACE"));
            Thread.sleep(300);
            client.send("{\"input\":\"a\"}");
            assertThat(client.answer().status()).isEqualTo(405);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/index.html", "/actuator/health", "/actuator/health/liveness", "/actuator/prometheus"})
    void ofPagesAndProbes(String path) {
        assertThat(allow("OPTIONS", path, 200)).containsExactly("GET", "HEAD", "OPTIONS");
        assertThat(allow("PUT", path, 405)).containsExactly("GET", "HEAD", "OPTIONS");
    }

    /** The methods of every path that a controller has. */
    private Map<String, Set<String>> mapped() {
        Map<String, Set<String>> mapped = new TreeMap<>();
        mapping.getHandlerMethods()
                .forEach((info, method) -> info.getMethodsCondition()
                        .getMethods()
                        .forEach(each -> info.getPatternValues()
                                .forEach(path -> mapped.computeIfAbsent(path, p -> new TreeSet<>(Set.of("OPTIONS")))
                                        .addAll(
                                                each.name().equals("GET")
                                                        ? List.of("GET", "HEAD")
                                                        : List.of(each.name())))));
        return mapped;
    }

    private Set<String> allow(String method, String path, int status) {
        Api.Reply reply = api.send(HttpRequest.newBuilder(api.uri(path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build());
        assertThat(reply.status()).as(method + " " + path + " " + reply.text()).isEqualTo(status);
        return new TreeSet<>(List.of(reply.header("Allow").split(", ?")));
    }
}
