package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.thisptr.jackson.jq.BuiltinFunctionLoader;
import net.thisptr.jackson.jq.JsonQuery;
import net.thisptr.jackson.jq.Scope;
import net.thisptr.jackson.jq.Versions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * Every command of README and below docs/ that needs nothing but the embedded model is sent, and prints what the page says;
 * numbers may differ in their last digits.
 */
@RunningService
class DocumentedRequestsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> OTHER_MODELS = List.of("micro-tuned", "headlight--micro", "smollm2");
    private static final String VERIFIED =
            "\"verify\""; // where the largest rounding is, differs from machine to machine
    private static final double RELATIVE = 1e-3;
    private static final double ABSOLUTE = 1e-4;

    @LocalServerPort
    private int port;

    static Stream<DocumentedRequests.Request> requests() throws IOException {
        try (Stream<Path> pages = Files.list(Path.of("docs"))) {
            return Stream.concat(Stream.of(Path.of("README.md")), pages)
                    .filter(page -> page.toString().endsWith(".md"))
                    .sorted()
                    .toList()
                    .stream()
                    .flatMap(page -> DocumentedRequests.of(page).stream())
                    .filter(request -> !request.body().contains(VERIFIED))
                    .filter(request -> OTHER_MODELS.stream().noneMatch((request.path() + request.body())::contains));
        }
    }

    @ParameterizedTest
    @MethodSource("requests")
    void printsWhatThePageSays(DocumentedRequests.Request request) throws JsonProcessingException {
        Api api = new Api(port);
        Api.Reply reply = request.body().isEmpty()
                ? api.get(request.path(), request.accept())
                : api.post(request.path(), request.body(), request.accept());
        if (request.filter() == null) {
            assertThat(reply.status()).as(reply.text()).isEqualTo(200);
            assertThat(reply.type()).startsWith(request.accept());
            return;
        }
        List<JsonNode> printed = new ArrayList<>();
        Scope scope = Scope.newEmptyScope();
        BuiltinFunctionLoader.getInstance().loadFunctions(Versions.JQ_1_6, scope);
        JsonQuery.compile(request.filter(), Versions.JQ_1_6).apply(scope, JSON.readTree(reply.text()), printed::add);
        List<JsonNode> expected = new ArrayList<>();
        for (String line : request.output()) {
            expected.add(JSON.readTree(line));
        }
        assertThat(same(printed, expected))
                .as("printed\n%s\nexpected\n%s", lines(printed), lines(expected))
                .isTrue();
    }

    private static String lines(List<JsonNode> nodes) {
        return String.join("\n", nodes.stream().map(JsonNode::toString).toList());
    }

    private static boolean same(List<JsonNode> ours, List<JsonNode> expected) {
        if (ours.size() != expected.size()) {
            return false;
        }
        for (int i = 0; i < ours.size(); i++) {
            if (!same(ours.get(i), expected.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean same(JsonNode ours, JsonNode expected) {
        if (expected.isNumber() && ours.isNumber()) {
            double difference = Math.abs(ours.asDouble() - expected.asDouble());
            return difference <= ABSOLUTE + RELATIVE * Math.abs(expected.asDouble());
        }
        if (expected.isArray() && ours.isArray()) {
            return same(elements(ours), elements(expected));
        }
        if (expected.isObject() && ours.isObject()) {
            List<String> names = names(expected);
            return names.equals(names(ours)) && names.stream().allMatch(n -> same(ours.get(n), expected.get(n)));
        }
        return ours.equals(expected);
    }

    private static List<JsonNode> elements(JsonNode array) {
        List<JsonNode> elements = new ArrayList<>();
        array.forEach(elements::add);
        return elements;
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        names.sort(null);
        return names;
    }
}
