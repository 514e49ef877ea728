package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.headlight.model.HeldEngine;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.web.server.LocalServerPort;

/** One line per request says what it used, and nothing of what the model read. */
@RunningService
class RequestLogTest {
    private static final String SECRET = "zebrafish";
    private static final List<String> FIELDS = List.of(
            "method",
            "path",
            "status",
            "bytes_in",
            "bytes_out",
            "model",
            "tokens",
            "queue_ms",
            "compute_ms",
            "total_ms");

    @LocalServerPort
    int port;

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Recorder recorder = new Recorder();
    private Api api;

    /** Keeps what is logged. */
    private static final class Recorder extends AppenderBase<ILoggingEvent> {
        private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing();
            events.add(event);
        }

        /** The line of the request with this id; its answer may arrive before it is logged. */
        private ILoggingEvent line(String id) {
            HeldEngine.waitFor(() -> !lines(id).isEmpty());
            assertThat(lines(id)).hasSize(1);
            return lines(id).get(0);
        }

        private List<ILoggingEvent> lines(String id) {
            return events.stream()
                    .filter(event -> event.getLoggerName().equals(RequestLog.class.getName()))
                    .filter(event -> id.equals(event.getMDCPropertyMap().get("request_id")))
                    .toList();
        }
    }

    @BeforeEach
    void record() {
        api = new Api(port);
        recorder.start();
        root.addAppender(recorder);
    }

    @AfterEach
    void stop() {
        root.detachAppender(recorder);
        List.of("dev.headlight", "org.springframework", "org.apache")
                .forEach(name -> logger(name).setLevel(null));
    }

    @Test
    void anAnalysisSaysWhatItUsed() {
        String body = "{\"model\":\"gpt2\",\"input\":[[1,2,3],[4,5]]}";
        Api.Reply reply = post("/attention", body, "log-1");
        assertThat(reply.status()).isEqualTo(200);
        Map<String, Object> fields = fields(recorder.line("log-1"));
        assertThat(fields.keySet()).containsExactlyElementsOf(FIELDS);
        assertThat(fields)
                .containsEntry("method", "POST")
                .containsEntry("path", "/attention")
                .containsEntry("status", 200)
                .containsEntry("bytes_in", (long) body.length())
                .containsEntry("bytes_out", (long) reply.bytes().length)
                .containsEntry("model", "gpt2")
                .containsEntry("tokens", 5L);
        double compute = (double) fields.get("compute_ms");
        double total = (double) fields.get("total_ms");
        assertThat(compute).isPositive();
        assertThat(total).isGreaterThanOrEqualTo(compute + (double) fields.get("queue_ms") - 0.2);
        assertThat(recorder.line("log-1").getFormattedMessage())
                .startsWith("POST /attention 200 bytes_in=40 bytes_out=")
                .contains(" model=gpt2 tokens=5 queue_ms=")
                .endsWith(" total_ms=" + total);
    }

    @Test
    void whatTomcatRefusesHasALineToo() throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.send("GET /models/a%2Fb HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: log-2\r\n\r\n");
            assertThat(client.answer().status()).isEqualTo(400);
        }
        assertThat(recorder.line("log-2").getFormattedMessage()).startsWith("GET /models/a%2Fb 400 bytes_in=0 ");
    }

    @Test
    void probesAreLoggedAtInfoOnlyIfTheyFail() {
        logger("dev.headlight").setLevel(Level.DEBUG);
        assertThat(get("/actuator/health/liveness", "log-3").status()).isEqualTo(200);
        assertThat(get("/actuator/prometheus", "log-4").status()).isEqualTo(200);
        assertThat(get("/actuator/health/nowhere", "log-5").status()).isEqualTo(404);
        assertThat(recorder.line("log-3").getLevel()).isEqualTo(Level.DEBUG);
        assertThat(recorder.line("log-4").getLevel()).isEqualTo(Level.DEBUG);
        assertThat(recorder.line("log-5").getLevel()).isEqualTo(Level.INFO);
        assertThat(get("/models", "log-6").status()).isEqualTo(200);
        assertThat(recorder.line("log-6").getLevel()).isEqualTo(Level.INFO);
    }

    /** Good and bad requests with a word of the client's in every place that a model reads. */
    @Test
    void nothingThatAModelReadsIsLogged() throws IOException {
        List.of("dev.headlight", "org.springframework", "org.apache")
                .forEach(name -> logger(name).setLevel(Level.DEBUG));
        List<String> bodies = List.of(
                "{'input':'SECRET'}",
                "{'input':['a',1,'SECRET']}",
                "{'input':'SECRET','input':'SECRET'}",
                "{'input':'SECRET",
                "{'input':{'messages':[{'role':'user','content':'SECRET'}]}}",
                "{'input':{'messages':[{'role':'SECRET','content':'a'}]}}",
                "{'input':'a','SECRET':'SECRET'}",
                "{'clean':'SECRET','corrupted':'SECRET','hook':'SECRET','over':['SECRET']}",
                "{'input':'SECRET','interventions':[],'answer':'SECRET','foil':'SECRET'}",
                "{'model':'micro','input':'a SECRET','verify':'SECRET'}",
                "{'input':'half \\ud83d SECRET'}");
        for (String path : List.of("/attention", "/tokenize", "/interventions", "/patching", "/lens")) {
            for (String body : bodies) {
                post(path, body.replace('\'', '"').replace("SECRET", SECRET), "log-s");
            }
            get(path + "?input=" + SECRET, "log-s");
        }
        for (String target :
                List.of("/attention.svg?input=\"" + SECRET, "/models?x=%zz" + SECRET, "/models?x=[" + SECRET)) {
            try (RawClient client = new RawClient(port)) {
                client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nCookie: x=" + SECRET + "\r\n\r\n");
                client.answer();
            }
        }
        get("/models", "log-7");
        recorder.line("log-7");
        assertThat(recorder.lines("log-s")).hasSize(60);
        assertThat(recorder.events.stream().map(RequestLogTest::everything).filter(text -> text.contains(SECRET)))
                .isEmpty();
    }

    private static String everything(ILoggingEvent event) {
        return event.getFormattedMessage()
                + event.getKeyValuePairs()
                + event.getMDCPropertyMap()
                + (event.getThrowableProxy() == null
                        ? ""
                        : event.getThrowableProxy().getMessage());
    }

    private static Map<String, Object> fields(ILoggingEvent event) {
        return Objects.requireNonNull(event.getKeyValuePairs()).stream()
                .collect(Collectors.toMap(
                        pair -> pair.key, pair -> pair.value, (a, b) -> a, java.util.LinkedHashMap::new));
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    private Api.Reply post(String path, String body, String id) {
        return api.send(HttpRequest.newBuilder(api.uri(path))
                .header("Content-Type", "application/json")
                .header("X-Request-Id", id)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private Api.Reply get(String path, String id) {
        return api.send(
                HttpRequest.newBuilder(api.uri(path)).header("X-Request-Id", id).build());
    }
}
