package dev.headlight.web.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpHeaders;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** A service that other machines reach: over TLS, with keys in settings and in a file, and with tokens of a local issuer. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "server.address=0.0.0.0",
            "headlight.device=cpu",
            "headlight.hub.enabled=false",
            "headlight.access.keys=reader-key-0123456789:read, run:runner-key-0123456789:run, "
                    + "limited-key-0123456789:read, boss:{sha256}" + GuardedServiceTest.HASH_OF_ADMIN,
            "headlight.access.allowed-origins=https://notebook.example",
            "headlight.access.rate-limit.requests=400",
            "headlight.access.rate-limit.period=1h",
            "server.ssl.bundle=self-made",
            "spring.ssl.bundle.jks.self-made.keystore.type=PKCS12",
            "spring.ssl.bundle.jks.self-made.keystore.password=" + SelfMadeCertificate.PASSWORD
        })
class GuardedServiceTest {
    private static final String ADMIN = "admin-key-0123456789";
    /** {@code printf admin-key-0123456789 | sha256sum} */
    static final String HASH_OF_ADMIN = "6d843254d280913cb5f8e0b48efffb584cce7ff577178fe68e738ddf193af10c";

    private static final String READER = "reader-key-0123456789";
    private static final String RUNNER = "runner-key-0123456789";

    @TempDir
    static Path folder;

    private static SelfMadeCertificate certificate;
    private static LocalIssuer issuer;
    private static HttpClient client;

    @LocalServerPort
    int port;

    @Autowired
    @Qualifier("requestMappingHandlerMapping")
    RequestMappingHandlerMapping mappings;

    @DynamicPropertySource
    static void settings(DynamicPropertyRegistry registry) {
        registry.add("spring.ssl.bundle.jks.self-made.keystore.location", () -> "file:" + certificate.file());
        registry.add("spring.security.oauth2.resourceserver.jwt.issuer-uri", issuer::uri);
        registry.add("headlight.access.keys-file", () -> folder.resolve("keys").toString());
    }

    private static void write(String keys) throws IOException {
        Files.writeString(folder.resolve("keys"), keys);
    }

    @BeforeAll
    static void surroundings() throws Exception {
        certificate = SelfMadeCertificate.in(folder);
        issuer = new LocalIssuer();
        write("# keys of the team\nfile-key-0123456789\n");
        client = HttpClient.newBuilder().sslContext(certificate.trusting()).build();
    }

    private HttpResponse<String> send(String method, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path))
                .method(
                        method,
                        HttpRequest.BodyPublishers.ofString(method.equals("POST") ? "{\"input\": [1, 2]}" : ""));
        request.header("Content-Type", "application/json");
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private int status(String method, String path, String key) throws Exception {
        return send(method, path, HttpHeaders.AUTHORIZATION, "Bearer " + key).statusCode();
    }

    @Test
    void everyRouteExceptHealthIs401WithoutAKey() throws Exception {
        Set<String> paths = new TreeSet<>(Set.of(
                "/",
                "/index.html",
                "/page.js",
                "/swagger-ui.html",
                "/swagger-ui/index.html",
                "/v3/api-docs",
                "/nothing",
                "/error",
                "/actuator",
                "/actuator/info",
                "/actuator/prometheus",
                "/attention.svg"));
        for (RequestMappingInfo info : mappings.getHandlerMethods().keySet()) {
            info.getPatternValues().forEach(pattern -> paths.add(pattern.replaceAll("\\{[^}]*}", "micro")));
        }
        assertThat(paths).hasSizeGreaterThan(25);
        for (String path : paths) {
            for (String method : List.of("GET", "POST", "DELETE", "OPTIONS")) {
                HttpResponse<String> answer = send(method, path);
                assertThat(answer.statusCode()).as("%s %s", method, path).isEqualTo(401);
                assertThat(answer.headers().firstValue("WWW-Authenticate").orElse(""))
                        .startsWith("Bearer");
                JsonObject problem = JsonParser.parseString(answer.body()).getAsJsonObject();
                assertThat(problem.get("type").getAsString()).isEqualTo("/problems/unauthorized");
                assertThat(problem.get("request_id").getAsString())
                        .isEqualTo(answer.headers().firstValue("X-Request-Id").orElseThrow());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness"})
    void healthStaysOpen(String path) throws Exception {
        assertThat(send("GET", path).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        // scope, method, path, status
        READER + ", GET, /models, 200",
        READER + ", GET, /v3/api-docs, 200",
        READER + ", GET, /actuator/prometheus, 200",
        READER + ", POST, /tokenize, 200",
        READER + ", POST, /attention, 403",
        READER + ", POST, /models/micro/load, 403",
        READER + ", DELETE, /models/micro/load, 403",
        RUNNER + ", GET, /models, 200",
        RUNNER + ", POST, /attention, 200",
        RUNNER + ", POST, /models, 403",
        RUNNER + ", POST, /models/micro/load, 403",
        RUNNER + ", DELETE, /models/micro/download, 403",
        ADMIN + ", GET, /models, 200",
        ADMIN + ", POST, /attention, 200",
        ADMIN + ", POST, /models/micro/load, 200",
        "file-key-0123456789, POST, /models/micro/load, 200",
        "wrong-key-0123456789, GET, /models, 401"
    })
    void aKeyMayWhatItsScopesAllow(String key, String method, String path, int status) throws Exception {
        assertThat(status(method, path, key)).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "read, GET, /models, 200",
        "read, POST, /attention, 403",
        "run, POST, /attention, 200",
        "other, GET, /models, 403"
    })
    void aTokenMayWhatItsScopesAllow(String scope, String method, String path, int status) throws Exception {
        assertThat(status(method, path, issuer.token(scope, Duration.ofMinutes(5))))
                .isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({RUNNER + ", 200", READER + ", 403", "wrong-key-0123456789, 401"})
    void aKeyIsCheckedOnceForABodyThatComesLate(String key, int status) throws Exception {
        try (Socket socket = certificate.trusting().getSocketFactory().createSocket("127.0.0.1", port)) {
            String body = "{\"input\":[1,2]}";
            socket.getOutputStream()
                    .write(("POST /attention HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key
                                    + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Thread.sleep(300);
            socket.getOutputStream().write(body.getBytes(StandardCharsets.US_ASCII));
            byte[] line = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
            assertThat(new String(line, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 " + status);
        }
    }

    @Test
    void tokensThatAreOverOrOfAnotherIssuerAre401() throws Exception {
        assertThat(status("GET", "/models", issuer.token("admin", Duration.ofMinutes(-5))))
                .isEqualTo(401);
        try (LocalIssuer other = new LocalIssuer()) {
            assertThat(status("GET", "/models", other.token("admin", Duration.ofMinutes(5))))
                    .isEqualTo(401);
        }
    }

    @Test
    void aBrowserCanShowAKeyAsThePasswordOfHttpBasic() throws Exception {
        String pair = Base64.getEncoder().encodeToString(("anybody:" + READER).getBytes());
        assertThat(send("GET", "/", HttpHeaders.AUTHORIZATION, "Basic " + pair).statusCode())
                .isEqualTo(200);
    }

    @Test
    void keysInTheFileChangeWithoutARestart() throws Exception {
        write("file-key-0123456789\nsecond:rotated-key-0123456789:read\n");
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (status("GET", "/models", "rotated-key-0123456789") != 200 && System.nanoTime() < end) {
            Thread.sleep(200);
        }
        assertThat(status("GET", "/models", "rotated-key-0123456789")).isEqualTo(200);
        assertThat(status("GET", "/models", "file-key-0123456789")).isEqualTo(200);
    }

    @Test
    void aKeyHasItsOwnRateLimit() throws Exception {
        String[] key = {HttpHeaders.AUTHORIZATION, "Bearer limited-key-0123456789"};
        HttpResponse<String> answer = send("GET", "/actuator/info", key);
        assertThat(answer.headers().firstValue("RateLimit-Policy")).hasValue("\"requests\";q=400;w=3600");
        assertThat(answer.headers().firstValue("RateLimit").orElse("")).startsWith("\"requests\";r=399;t=");
        HttpResponse<String> refused = answer;
        int accepted = 0;
        for (; refused.statusCode() == 200; accepted++) {
            refused = send("GET", "/actuator/info", key);
        }
        assertThat(accepted).isBetween(400, 440); // some come back meanwhile, one in nine seconds
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1L, 10L);
        assertThat(refused.body()).contains("/problems/too-many-requests");
        assertThat(status("GET", "/models", READER)).isEqualTo(200);
    }

    @Test
    void onlyPagesOfNamedOriginsMayUseIt() throws Exception {
        String[] named = {"Origin", "https://notebook.example", HttpHeaders.AUTHORIZATION, "Bearer " + RUNNER};
        HttpResponse<String> answer = send("POST", "/attention", named);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).hasValue("https://notebook.example");
        String[] other = {"Origin", "https://evil.example", HttpHeaders.AUTHORIZATION, "Bearer " + RUNNER};
        assertThat(send("POST", "/attention", other).statusCode()).isEqualTo(403);
        assertThat(send("GET", "/models", other).headers().firstValue("Access-Control-Allow-Origin"))
                .isEmpty();
    }

    @Test
    void aPreflightNeedsNoKey() throws Exception {
        String[] asks = {"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"};
        HttpResponse<String> named = send("OPTIONS", "/attention", with(asks, "Origin", "https://notebook.example"));
        assertThat(named.statusCode()).isEqualTo(200);
        assertThat(named.headers().firstValue("Access-Control-Allow-Headers")).hasValue("authorization");
        HttpResponse<String> other = send("OPTIONS", "/attention", with(asks, "Origin", "https://evil.example"));
        assertThat(other.statusCode()).isEqualTo(403);
        assertThat(other.body()).contains("/problems/forbidden");
    }

    private static String[] with(String[] headers, String... more) {
        return Stream.of(headers, more).flatMap(Stream::of).toArray(String[]::new);
    }
}
