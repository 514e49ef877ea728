package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.gson.JsonPrimitive;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.swagger.v3.core.util.Yaml31;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** Answers are what their schemas in the OpenAPI document say. */
@RunningService
@TestPropertySource(properties = "springdoc.paths-to-exclude=/toy/**")
class AnswerSchemasTest {
    private static final Path STORED = Path.of("src/main/resources/openapi/answers.yaml");
    private static final int MOST_ELEMENTS = 2;
    private static final int LONGEST_TEXT = 300;
    private static final String DOCUMENT = "https://headlight.test/openapi.json";

    @LocalServerPort
    int port;

    private final ObjectMapper mapper = new ObjectMapper();
    private Api api;
    private String document;
    private JsonSchemaFactory schemas;

    @BeforeEach
    void document() {
        api = new Api(port);
        document = api.get("/v3/api-docs").text();
        schemas = JsonSchemaFactory.getInstance(
                SpecVersion.VersionFlag.V202012,
                factory -> factory.schemaLoaders(loaders -> loaders.schemas(iri -> document)));
    }

    @TestFactory
    Stream<DynamicTest> theAnswerToEveryExample() {
        return Endpoints.examples(api).stream()
                .filter(example -> !example.path().equals("/models")) // answers later, from the hub
                .map(example -> DynamicTest.dynamicTest(
                        example.toString(), () -> assertValid(example.path(), "post", "200", example.body())));
    }

    @TestFactory
    Stream<DynamicTest> theCostOfEveryExample() {
        return Endpoints.analyses(api).stream()
                .map(example -> DynamicTest.dynamicTest(
                        example.toString(),
                        () -> assertValid(
                                example.path(), "post", "200", example.with("dry_run", new JsonPrimitive(true)))));
    }

    @ParameterizedTest
    @CsvSource({"/models, /models", "/models/{id}, /models/micro", "/models/{id}, /models/gpt2"})
    void theAnswersAboutModels(String path, String called) throws IOException {
        assertValid(path, "get", "200", mapper.readTree(api.get(called).text()));
    }

    @Test
    void aLoadedModel() throws IOException {
        assertValid(
                "/models/{id}/load",
                "post",
                "200",
                mapper.readTree(api.post("/models/micro/load", "").text()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            400 | [
            404 | {"model":"none","input":[1]}
            422 | {"input":[1],"layers":[99]}
            """)
    void problems(String status, String body) throws IOException {
        Api.Reply reply = api.post("/attention", body);
        assertThat(reply.status()).isEqualTo(Integer.parseInt(status));
        assertValid("/attention", "post", status, mapper.readTree(reply.text()));
    }

    /** The first example of each operation, with its lists cut short; -Dheadlight.write-openapi=true stores them. */
    @Test
    void theStoredAnswersHaveTheFieldsOfTheRealOnes() throws IOException {
        TreeMap<String, JsonNode> answers = new TreeMap<>();
        for (Endpoints.Example example : Endpoints.examples(api)) {
            String operation =
                    operation(example.path(), "post").get("operationId").asText();
            if (!example.path().equals("/models") && !answers.containsKey(operation)) {
                answers.put(
                        operation,
                        shorten(mapper.readTree(
                                api.post(example.path(), example.body()).text())));
            }
        }
        answers.put(
                "loadModel",
                shorten(mapper.readTree(api.post("/models/micro/load", "").text())));
        answers.put("getModel", shorten(mapper.readTree(api.get("/models/micro").text())));
        answers.put("listModels", shorten(mapper.readTree(api.get("/models").text())));
        answers.put("downloadModel", mapper.readTree("""
                {"id": "openai-community--gpt2", "repo": "openai-community/gpt2", "revision": "main", "commit": null,
                 "state": "queued", "progress": {"files": 0, "total_files": null, "bytes": 0, "total_bytes": null}, "reason": null}"""));
        if (Boolean.getBoolean("headlight.write-openapi")) {
            Files.writeString(STORED, Yaml31.pretty(answers));
        }
        JsonNode stored = Yaml31.mapper().readTree(Files.readString(STORED));
        answers.forEach((operation, answer) ->
                assertThat(fields(stored.path(operation))).as(operation).isEqualTo(fields(answer)));
        assertThat(stored.size()).isEqualTo(answers.size());
    }

    /** Keeps the first elements of every list, and the first characters of long text. */
    private JsonNode shorten(JsonNode node) {
        if (node.isTextual() && node.asText().length() > LONGEST_TEXT) {
            return mapper.getNodeFactory().textNode(node.asText().substring(0, LONGEST_TEXT / 4 * 4));
        }
        if (node instanceof ArrayNode list) {
            ArrayNode shorter = mapper.createArrayNode();
            for (int i = 0; i < Math.min(MOST_ELEMENTS, list.size()); i++) {
                shorter.add(shorten(list.get(i)));
            }
            return shorter;
        }
        if (node instanceof ObjectNode object) {
            ObjectNode shorter = mapper.createObjectNode();
            object.properties().forEach(field -> shorter.set(field.getKey(), shorten(field.getValue())));
            return shorter;
        }
        return node;
    }

    private static Set<String> fields(JsonNode answer) {
        Set<String> names = new java.util.TreeSet<>();
        answer.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private JsonNode operation(String path, String method) throws IOException {
        return mapper.readTree(document).get("paths").get(path).get(method);
    }

    private void assertValid(String path, String method, String status, String body) throws IOException {
        Api.Reply reply = api.post(path, body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertValid(path, method, status, mapper.readTree(reply.text()));
    }

    private void assertValid(String path, String method, String status, JsonNode answer) throws IOException {
        JsonNode content = operation(path, method).get("responses").get(status).get("content");
        String reference = content.elements().next().get("schema").get("$ref").asText();
        JsonSchema schema = schemas.getSchema(SchemaLocation.of(DOCUMENT + reference));
        Set<ValidationMessage> faults = schema.validate(answer);
        assertThat(faults).isEmpty();
    }
}
