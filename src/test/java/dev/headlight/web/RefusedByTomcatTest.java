package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** What is no valid HTTP is answered with a problem document too, which has the id of the request. */
@RunningService
class RefusedByTomcatTest {
    private static final Pattern ID = Pattern.compile("(?m)^x-request-id: *(\\S+)$");

    @LocalServerPort
    int port;

    /** The head of a request, in which ~ is the end of a line; status; last part of the problem's type. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            GET /models/owner%2Fname HTTP/1.1~Host: localhost | 400 | bad-request
            GET /models/a%5Cb HTTP/1.1~Host: localhost | 400 | bad-request
            GET /models/[x] HTTP/1.1~Host: localhost | 400 | bad-request
            GET /models/% HTTP/1.1~Host: localhost | 400 | bad-request
            GET /models/%00 HTTP/1.1~Host: localhost | 400 | bad-request
            GET /models/%ff HTTP/1.1~Host: localhost | 400 | bad-request
            GET /../../etc/passwd HTTP/1.1~Host: localhost | 400 | bad-request
            GET /models?x=[{"}] HTTP/1.1~Host: localhost | 400 | bad-request
            GET /models HTTP/1.1~Host: localhost~Bad Header | 400 | bad-request
            GET /models HTTP/1.1~Host: localhost~B(d: x | 400 | bad-request
            GET /models HTTP/1.1~Accept: */* | 400 | bad-request
            GET /models HTTP/1.1~Host: a~Host: b | 400 | bad-request
            GET /models HTTP/1.1~Host: a b/c | 400 | bad-request
            GET /models HTTP/1.1~Host: [::1 | 400 | bad-request
            GET http://other/models HTTP/1.1~Host: localhost | 400 | bad-request
            G(T /models HTTP/1.1~Host: localhost | 400 | bad-request
            hello | 400 | bad-request
            POST /attention HTTP/1.1~Host: localhost~Transfer-Encoding: nonsense | 501 | not-implemented
            POST /attention HTTP/1.1~Host: localhost~Transfer-Encoding: chunked, chunked | 400 | bad-request
            POST /attention HTTP/1.1~Host: localhost~Content-Length: -5 | 400 | bad-request
            POST /attention HTTP/1.1~Host: localhost~Content-Length: 2~Content-Length: 3 | 400 | bad-request
            POST /attention HTTP/1.1~Host: localhost~Expect: nonsense | 417 | expectation-failed
            CONNECT localhost:80 HTTP/1.1~Host: localhost | 501 | not-implemented
            TRACE /attention HTTP/1.1~Host: localhost | 405 | method-not-allowed
            FOO /attention HTTP/1.1~Host: localhost | 405 | method-not-allowed
            GET /models HTTP/3.0~Host: localhost | 505 | http-version-not-supported
            GET /index.html HTTP/1.1~Host: localhost~Range: bytes=9999999- | 416 | requested-range-not-satisfiable
            GET /actuator/health/nowhere HTTP/1.1~Host: localhost | 404 | not-found
            """)
    void isAnsweredWithAProblemDocument(String head, int status, String type) throws IOException {
        assertProblem(send(head.replace("~", "\r\n") + "\r\n\r\n"), status, type);
    }

    @Test
    void headersThatAreTooLargeAre431() throws IOException {
        String large = "a".repeat(20_000);
        RawClient.Answer ofHeader = send("GET /models HTTP/1.1\r\nHost: localhost\r\nX-Large: " + large + "\r\n\r\n");
        assertProblem(ofHeader, 431, "request-header-fields-too-large");
        assertThat(ofHeader.body()).contains("server.max-http-request-header-size");
        assertProblem(
                send("GET /models/" + large + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                431,
                "request-header-fields-too-large");
    }

    /** An answer to HTTP/0.9 has no head: its first line is the document. */
    @Test
    void http09IsRefused() throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.send("GET /models\r\n\r\n");
            client.closeSendingHalf();
            JsonObject problem = JsonParser.parseString(client.rest()).getAsJsonObject();
            assertThat(problem.get("status").getAsInt()).isEqualTo(505);
            assertThat(problem.get("request_id").getAsString()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /models/openai-community%2Fgpt2",
                "GET /models/openai-community%2fgpt2",
                "GET /models/openai-community/gpt2",
                "POST /models/openai-community/gpt2/load",
                "DELETE /models/openai-community%2Fgpt2/download"
            })
    void theIdOfAHubsModelIsTold(String line) throws IOException {
        assertThat(send(line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
                        .body())
                .contains("owner--name", "/models/openai-community--gpt2");
    }

    @Test
    void theIdOfAHubsModelIsToldInABody() {
        Api.Reply reply = new Api(port).postJson("/attention", "{'model':'openai-community/gpt2','input':'a'}");
        Problems.assertProblem(reply, 404, "unknown-model");
        assertThat(reply.text()).contains("owner--name: openai-community--gpt2");
    }

    @Test
    void optionsOfTheServerListWhatAnyPathHas() throws IOException {
        RawClient.Answer answer = send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.head()).contains("Allow: DELETE, GET, HEAD, OPTIONS, POST\n");
        assertThat(id(answer)).isNotEmpty();
    }

    @Test
    void theIdThatTheClientGaveIsKept() throws IOException {
        RawClient.Answer answer = send("GET /models/a%2Fb HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: mine-1\r\n\r\n");
        assertThat(id(answer)).isEqualTo("mine-1");
    }

    @Test
    void oneConnectionServes250Requests() throws IOException {
        try (RawClient client = new RawClient(port)) {
            for (int i = 0; i < 250; i++) {
                client.send("GET /actuator/health/liveness HTTP/1.1\r\nHost: localhost\r\n\r\n");
                RawClient.Answer answer = client.answer();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.head().toLowerCase(Locale.ROOT)).doesNotContain("connection: close");
            }
        }
    }

    private RawClient.Answer send(String request) throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.send(request);
            return client.answer();
        }
    }

    private static void assertProblem(RawClient.Answer answer, int status, String type) {
        assertThat(answer.status()).as(answer.head() + answer.body()).isEqualTo(status);
        assertThat(answer.head().toLowerCase(Locale.ROOT)).contains("content-type: application/problem+json");
        JsonObject problem = JsonParser.parseString(answer.body()).getAsJsonObject();
        assertThat(problem.get("type").getAsString()).isEqualTo("/problems/" + type);
        assertThat(problem.get("status").getAsInt()).isEqualTo(status);
        assertThat(problem.get("title").getAsString()).isNotEmpty();
        assertThat(problem.get("detail").getAsString()).isNotEmpty().doesNotContain("Exception");
        assertThat(problem.get("request_id").getAsString()).isNotEmpty().isEqualTo(id(answer));
    }

    private static String id(RawClient.Answer answer) {
        Matcher id = ID.matcher(answer.head().toLowerCase(Locale.ROOT));
        return id.find() ? id.group(1) : "";
    }
}
