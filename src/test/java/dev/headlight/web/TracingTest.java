package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.headlight.model.HeldEngine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** With an address to send them to, spans of requests and forward passes arrive there. The log may hold prompts here. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "headlight.device=cpu",
            "headlight.hub.enabled=false",
            "headlight.log-prompts=true",
            "headlight.access.keys=lab:" + TracingTest.KEY + ":run",
            "management.opentelemetry.tracing.export.schedule-delay=50ms"
        })
@ExtendWith(OutputCaptureExtension.class)
class TracingTest {
    static final String KEY = "swordfish-0123456789abcdef";
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final Collector COLLECTOR = new Collector();

    @LocalServerPort
    int port;

    private Api api;

    /** Receives spans as an OpenTelemetry collector does, and keeps the bytes. */
    private static final class Collector {
        private final HttpServer server;
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();

        Collector() {
            try {
                server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            server.createContext("/v1/traces", exchange -> {
                byte[] body = exchange.getRequestBody().readAllBytes();
                synchronized (received) {
                    received.write(body);
                }
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            });
            server.start();
        }

        /** One character per byte: the names of spans and attributes are texts in them, the ids are not. */
        String text() {
            synchronized (received) {
                return received.toString(StandardCharsets.ISO_8859_1);
            }
        }
    }

    @DynamicPropertySource
    static void address(DynamicPropertyRegistry registry) {
        registry.add(
                "management.opentelemetry.tracing.export.otlp.endpoint",
                () -> "http://127.0.0.1:" + COLLECTOR.server.getAddress().getPort() + "/v1/traces");
    }

    @AfterAll
    static void stop() {
        COLLECTOR.server.stop(0);
    }

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    @Test
    void aRequestAndItsPassesAreSpansOfTheClientsTrace(CapturedOutput output) {
        api.get("/actuator/health");
        Api.Reply reply = post("/lens", "{'input':'zebrafish','positions':[-1]}");
        assertThat(reply.status()).isEqualTo(200);
        await("http post /lens");
        await("forward");
        await("headlight.model", "micro", "headlight.part", "headlight.rows", "headlight.tokens", "headlight.wait_ms");
        String trace = new String(HexFormat.of().parseHex(TRACE), StandardCharsets.ISO_8859_1);
        assertThat(COLLECTOR.text().split(trace, -1)).hasSizeGreaterThan(2); // that of the request and of a pass
        assertThat(COLLECTOR.text()).doesNotContain("zebrafish", "/actuator");
        HeldEngine.waitFor(() -> output.getOut().contains("POST /lens 200"));
        assertThat(output.getOut())
                .contains(" key=lab model=micro ", "prompts=\"[Input[field=input, prompts=[Text[text=zebrafish]]")
                .doesNotContain(KEY);
    }

    @Test
    void aGradientsPassesAreSpansWithinItsSection() {
        Api.Reply reply = post(
                "/attribution-patching",
                "{'clean':[5,6,7],'corrupted':[5,8,7],'hook':'resid_post','over':['layer','position'],"
                        + "'metric':{'type':'logit','answer':9}}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        await("http post /attribution-patching", "section", "unembedding");
    }

    private Api.Reply post(String path, String json) {
        return api.send(HttpRequest.newBuilder(api.uri(path))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + KEY)
                .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")
                .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"')))
                .build());
    }

    private static void await(String... names) {
        for (String name : names) {
            HeldEngine.waitFor(() -> COLLECTOR.text().contains(name));
        }
    }
}
