package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hub's list of files is checked before it is used. */
class RepoFilesTest extends HubFaultTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "hello",
                "{\"sha\":null}",
                "{\"sha\":\"main\",\"siblings\":[]}",
                "{\"sha\":\"../../../../etc\",\"siblings\":[]}",
                "{\"sha\":5,\"siblings\":5}",
                "{\"siblings\":[]}"
            })
    void aListThatIsNoneIsRefused(String list) {
        hub.listingFault((e, file, content, from) -> {
            LocalHub.answer(e, 200, list.getBytes(StandardCharsets.UTF_8));
            return true;
        });
        assertThat(failure()).startsWith("the hub's list of files ");
    }

    @Test
    void aListWithoutEndIsNotReadToIt() {
        hub.listingFault((e, file, content, from) -> {
            e.sendResponseHeaders(200, 0);
            byte[] piece = new byte[1 << 20];
            try {
                while (true) {
                    e.getResponseBody().write(piece);
                }
            } catch (IOException closed) {
                return true;
            }
        });
        assertThat(failure()).contains("larger than 16777216 bytes");
    }

    @Test
    void namesThatLeadElsewhereAreNoFilesOfTheModel() throws IOException {
        Map<String, byte[]> files = new TreeMap<>(files());
        for (String name : List.of(
                "../precious",
                "/etc/LICENSE",
                "..",
                "LICENSE/../../x",
                "LICENSE..\\x",
                "sub/config.json",
                "LICENSE\0",
                "hub.json",
                ".lock",
                "a/model.safetensors")) {
            files.put(name, "hostile".getBytes(StandardCharsets.US_ASCII));
        }
        hub.with(REPO, files);
        assertWhole(bring(), WHOLE);
    }
}
