package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.boot.test.web.server.LocalServerPort;

@Service
class OpenApiTest {
    private static final Path COMMITTED = Path.of("api-spec/openapi.yaml");

    @LocalServerPort
    int port;

    @Test
    void theCommittedDocumentIsTheRunningOne() throws IOException {
        String running = new Api(port).get("/v3/api-docs.yaml").text();
        if (Boolean.getBoolean("headlight.write-openapi")) {
            Files.createDirectories(COMMITTED.getParent());
            Files.writeString(COMMITTED, running);
        }
        assertThat(running)
                .as(
                        "the API changed: run ./mvnw test -Dtest=OpenApiTest -Dheadlight.write-openapi=true and commit api-spec")
                .isEqualTo(Files.readString(COMMITTED));
    }

    @Test
    void everyReferenceLeadsToASchema() {
        String document = new Api(port).get("/v3/api-docs").text();
        JsonObject schemas = com.google.gson.JsonParser.parseString(document)
                .getAsJsonObject()
                .getAsJsonObject("components")
                .getAsJsonObject("schemas");
        java.util.regex.Matcher m =
                java.util.regex.Pattern.compile("#/components/schemas/(\\w+)").matcher(document);
        int references = 0;
        while (m.find()) {
            assertThat(schemas.has(m.group(1))).as(m.group(1)).isTrue();
            references++;
        }
        assertThat(references).isPositive();
    }

    @Test
    void everyAnswerSaysWhichOfItsFieldsAreThere() {
        JsonObject schemas = new Api(port)
                .get("/v3/api-docs")
                .json()
                .getAsJsonObject("components")
                .getAsJsonObject("schemas");
        assertThat(schemas.keySet()).anyMatch(name -> name.endsWith("Answer"));
        for (String name : schemas.keySet()) {
            if (name.endsWith("Answer")) {
                assertThat(schemas.getAsJsonObject(name).has("required"))
                        .as(name)
                        .isTrue();
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> everyExampleRuns() {
        Api api = new Api(port);
        JsonObject paths = api.get("/v3/api-docs").json().getAsJsonObject("paths");
        return paths.entrySet().stream()
                .filter(p -> answersAtOnce(p.getValue().getAsJsonObject()))
                .flatMap(p -> examples(p.getValue())
                        .map(e -> DynamicTest.dynamicTest(p.getKey() + " " + e.getKey(), () -> {
                            Api.Reply reply = api.post(
                                    p.getKey(), e.getValue().getAsJsonObject().get("value"));
                            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
                            assertThat(reply.json().getAsJsonArray("warnings")).isEmpty();
                        })));
    }

    private static boolean answersAtOnce(JsonObject path) {
        return path.has("post")
                && path.getAsJsonObject("post").has("requestBody")
                && path.getAsJsonObject("post").getAsJsonObject("responses").has("200");
    }

    private static Stream<Map.Entry<String, JsonElement>> examples(JsonElement path) {
        return path
                .getAsJsonObject()
                .getAsJsonObject("post")
                .getAsJsonObject("requestBody")
                .getAsJsonObject("content")
                .getAsJsonObject("application/json")
                .getAsJsonObject("examples")
                .entrySet()
                .stream();
    }
}
