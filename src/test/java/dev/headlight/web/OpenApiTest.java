package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** The OpenAPI document of the product: without the toy analysis, which only tests have. */
@RunningService
@TestPropertySource(properties = "springdoc.paths-to-exclude=/toy/**")
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
        JsonObject schemas = JsonParser.parseString(document)
                .getAsJsonObject()
                .getAsJsonObject("components")
                .getAsJsonObject("schemas");
        Matcher m = Pattern.compile("#/components/schemas/(\\w+)").matcher(document);
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

    @Test
    void everyFieldIsDescribed() {
        List<String> undescribed = new ArrayList<>();
        document()
                .getAsJsonObject("components")
                .getAsJsonObject("schemas")
                .asMap()
                .forEach((name, schema) -> {
                    JsonObject fields = schema.getAsJsonObject().getAsJsonObject("properties");
                    if (fields != null) {
                        fields.asMap().forEach((field, of) -> {
                            if (!of.getAsJsonObject().has("description")) {
                                undescribed.add(name + "." + field);
                            }
                        });
                    }
                });
        assertThat(undescribed)
                .as("describe them in their record or in openapi/descriptions.yaml")
                .isEmpty();
    }

    @Test
    void everyAnswerHasAnExample() {
        List<String> without = new ArrayList<>();
        document()
                .getAsJsonObject("paths")
                .asMap()
                .forEach((path, operations) -> operations
                        .getAsJsonObject()
                        .asMap()
                        .forEach((method, operation) -> operation
                                .getAsJsonObject()
                                .getAsJsonObject("responses")
                                .asMap()
                                .forEach((status, answer) -> {
                                    JsonObject content =
                                            answer.getAsJsonObject().getAsJsonObject("content");
                                    boolean json = content != null
                                            && content.toString().contains("json\":");
                                    if (json && !content.toString().contains("\"examples\":{")) {
                                        without.add(method + " " + path + " " + status);
                                    }
                                })));
        assertThat(without).isEmpty();
    }

    private JsonObject document() {
        return new Api(port).get("/v3/api-docs").json();
    }

    @TestFactory
    Stream<DynamicTest> everyExampleRuns() {
        Api api = new Api(port);
        return Endpoints.examples(api).stream()
                .filter(example -> !example.path().equals("/models")) // answers later, from the hub
                .map(example -> DynamicTest.dynamicTest(example.toString(), () -> {
                    Api.Reply reply = api.post(example.path(), example.body());
                    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
                    assertThat(reply.json().getAsJsonArray("warnings")).isEmpty();
                }));
    }
}
