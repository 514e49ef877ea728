package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A service that only this machine reaches, asked by a browser for pages of other sites. */
@RunningService
class SiteTest {
    @LocalServerPort
    int port;

    private RawClient.Answer send(String method, String host, String header) throws IOException {
        try (RawClient client = new RawClient(port)) {
            String body = method.equals("POST") ? "{\"input\": [1, 2]}" : "";
            client.send(method + (method.equals("POST") ? " /tokenize" : " /models") + " HTTP/1.1\r\nHost: "
                    + host.replace("PORT", "" + port) + "\r\n" + header.replace("PORT", "" + port)
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            return client.answer();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LOCALHOST:PORT, 200",
        "127.0.0.1:PORT, 200",
        "[::1]:PORT, 200",
        "localhost:1, 200",
        "evil.example, 421",
        "evil.example:PORT, 421",
        "127.0.0.1.evil.example, 421",
        "localhost.evil.example:PORT, 421",
        "169.254.169.254, 421"
    })
    void onlyNamesOfThisMachineAreAnswered(String host, int status) throws IOException {
        for (String method : new String[] {"GET", "POST"}) {
            RawClient.Answer answer = send(method, host, "X-Test: 1");
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.body().contains("/problems/misdirected-request")).isEqualTo(status == 421);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Origin: http://localhost:PORT, 200", "Origin: https://localhost:PORT, 200", "Sec-Fetch-Site: same-origin, 200",
        "Sec-Fetch-Site: none, 200", "Origin: http://localhost:1, 403", "Origin: http://evil.example, 403",
        "Origin: null, 403", "Sec-Fetch-Site: cross-site, 403"
    })
    void pagesOfOtherOriginsChangeNothing(String header, int status) throws IOException {
        assertThat(send("POST", "localhost:PORT", header).status()).isEqualTo(status);
        RawClient.Answer read = send("GET", "localhost:PORT", header);
        assertThat(read.status()).isEqualTo(200);
        assertThat(read.head()).doesNotContain("Access-Control-Allow-Origin");
    }

    @Test
    void pagesMayLoadOnlyWhatTheServiceServes() throws IOException {
        assertThat(send("GET", "localhost", "X-Test: 1").head())
                .contains("Content-Security-Policy: default-src 'self';", "frame-ancestors 'none'")
                .contains("X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "X-Frame-Options: DENY")
                .doesNotContain("Set-Cookie", "Pragma: no-cache");
    }
}
