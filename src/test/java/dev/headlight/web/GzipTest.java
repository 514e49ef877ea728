package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Answers that are compressed because the client asks for it. */
@RunningService
class GzipTest {
    private static final String TEXT = "When Mary and John went to the store , John gave a drink to";
    private static final String ATTENTION = "{\"input\":\"" + TEXT + "\"}";

    /** More than one buffer, so that it is sent in pieces. */
    private static final String LARGE = "{\"input\":\"" + (TEXT + " Mary . ").repeat(5) + "\"}";

    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private Api.Reply post(String path, String body, String accept, String encoding) {
        return api.send(HttpRequest.newBuilder(api.uri(path))
                .header("Content-Type", "application/json")
                .header("Accept", accept)
                .header("Accept-Encoding", encoding)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private static byte[] unzipped(Api.Reply reply) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(reply.bytes()))) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "image/svg+xml"})
    void aCompressedAnswerIsTheSameAnswer(String type) throws IOException {
        for (String body : new String[] {ATTENTION, LARGE}) {
            Api.Reply plain = api.post("/attention", body, type);
            Api.Reply gzip = post("/attention", body, type, "gzip, deflate, br");
            assertThat(plain.header("Content-Encoding")).isEmpty();
            assertThat(plain.header("Vary")).contains("Accept-Encoding");
            assertThat(gzip.header("Content-Encoding")).isEqualTo("gzip");
            assertThat(gzip.header("Vary")).contains("Accept-Encoding");
            assertThat(gzip.type()).isEqualTo(plain.type());
            assertThat(unzipped(gzip)).isEqualTo(plain.bytes());
            assertThat(gzip.bytes().length).isLessThan(plain.bytes().length * 6 / 10);
        }
    }

    /** The last event holds an answer that would be compressed on its own. */
    @Test
    void anEventStreamIsNotCompressed() {
        String body = "{\"clean\":\"" + TEXT + "\",\"corrupted\":\"" + TEXT.replace("John gave", "Mary gave")
                + "\",\"hook\":\"resid_post\",\"over\":[\"layer\",\"position\"],"
                + "\"metric\":{\"type\":\"logit_difference\",\"answer\":\" Mary\",\"foil\":\" John\"}}";
        Api.Reply stream = post("/patching", body, "text/event-stream", "gzip");
        assertThat(stream.header("Content-Encoding")).isEmpty();
        String answer = stream.text().split("event: answer\ndata: ", 2)[1];
        assertThat(answer.length()).isGreaterThan(ReplyStream.LEAST);
        assertThat(answer).startsWith("{\"model\":\"micro\"").endsWith("}\n\n");
    }

    @Test
    void aGraphIsCompressed() throws IOException {
        Endpoints.Example circuit = Endpoints.analyses(api).stream()
                .filter(example -> example.mediaTypes().contains(Format.DOT_VALUE))
                .findFirst()
                .orElseThrow();
        Api.Reply plain = api.post(circuit.path(), circuit.body(), Format.DOT_VALUE);
        Api.Reply gzip = post(circuit.path(), circuit.body(), Format.DOT_VALUE, "gzip");
        assertThat(gzip.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(unzipped(gzip)).isEqualTo(plain.bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {Format.SAFETENSORS_VALUE, "image/png"})
    void whatHardlyShrinksIsNotCompressed(String type) {
        Api.Reply plain = api.post("/attention", ATTENTION, type);
        Api.Reply asked = post("/attention", ATTENTION, type, "gzip");
        assertThat(asked.header("Content-Encoding")).isEmpty();
        assertThat(asked.bytes()).isEqualTo(plain.bytes());
    }

    @Test
    void base64IsNotCompressed() {
        String body = ATTENTION.replace("}", ",\"encoding\":\"base64\"}");
        assertThat(post("/attention", body, "application/json", "gzip").header("Content-Encoding"))
                .isEmpty();
    }

    @Test
    void aShortAnswerIsNotCompressed() {
        Api.Reply reply = post("/tokenize", "{\"input\":\"Mary\"}", "application/json", "gzip");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Content-Encoding")).isEmpty();
        assertThat(reply.json().has("results")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip | true",
                "GZIP | true",
                "br, gzip;q=0.5 | true",
                "gzip; q=0.5, identity; q=0.5 | true",
                "gzip;q=0 | false",
                "gzip;q=0.4, identity;q=0.5 | false",
                "gzip;q=x | false",
                "identity | false",
                "br, zstd | false",
                "* | false",
                "'' | false"
            })
    void onlyWhoAsksForGzipByNameReceivesIt(String header, boolean gzip) {
        assertThat(AcceptEncoding.asksForGzip(header)).isEqualTo(gzip);
    }

    @Test
    void whoSendsNoHeaderReceivesNoGzip() {
        assertThat(AcceptEncoding.asksForGzip(null)).isFalse();
    }
}
