package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.yaml.snakeyaml.Yaml;

/** The dashboard and the alerts in {@code deploy} read metrics and labels that the service has. */
@RunningService
class MonitoringFilesTest {
    private static final Path DASHBOARD = Path.of("deploy/grafana/headlight.json");
    private static final Path RULES = Path.of("deploy/prometheus/headlight-rules.yml");
    private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance"); // labels of every target
    private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-z_0-9]+)(?:\\{(.*)})? \\S+$");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)\\s*(?:=~|!~|!=|=)\\s*\"[^\"]*\"");
    private static final Pattern SELECTOR = Pattern.compile("([a-z_0-9]+)\\{([^}]*)}");
    private static final Pattern WORD = Pattern.compile("\\b[a-z][a-z_0-9]*_[a-z_0-9]+\\b(?!\\()"); // a metric has a _

    @LocalServerPort
    int port;

    private final Map<String, Set<String>> exposed = new HashMap<>();

    @BeforeEach
    void metricsAfterSomeRequests() {
        Api api = new Api(port);
        assertThat(api.post("/attention", "{\"input\":[1,2]}", "image/png").status())
                .isEqualTo(200);
        assertThat(api.get("/models").status()).isEqualTo(200);
        System.gc(); // the memory after a collection is known from then on
        Matcher samples = SAMPLE.matcher(api.get("/actuator/prometheus").text());
        while (samples.find()) {
            String labels = samples.group(2) == null ? "" : samples.group(2);
            exposed.computeIfAbsent(samples.group(1), name -> new HashSet<>(OF_PROMETHEUS))
                    .addAll(LABEL.matcher(labels)
                            .results()
                            .map(label -> label.group(1))
                            .toList());
        }
    }

    @Test
    void everyPanelOfTheDashboardReadsAMetricOfTheService() throws IOException {
        JsonObject dashboard =
                JsonParser.parseString(Files.readString(DASHBOARD)).getAsJsonObject();
        List<String> queries = new ArrayList<>();
        for (JsonElement panel : dashboard.getAsJsonArray("panels")) {
            if (panel.getAsJsonObject().has("targets")) {
                panel.getAsJsonObject()
                        .getAsJsonArray("targets")
                        .forEach(target ->
                                queries.add(target.getAsJsonObject().get("expr").getAsString()));
            }
        }
        assertThat(queries).hasSizeGreaterThan(25).allSatisfy(this::assertReadsWhatIsExposed);
    }

    @Test
    void everyAlertReadsAMetricOfTheService() throws IOException {
        Map<String, List<Map<String, List<Map<String, String>>>>> rules = new Yaml().load(Files.readString(RULES));
        List<String> queries = rules.get("groups").get(0).get("rules").stream()
                .map(rule -> rule.get("expr"))
                .toList();
        assertThat(queries).hasSizeGreaterThan(8).allSatisfy(this::assertReadsWhatIsExposed);
    }

    private void assertReadsWhatIsExposed(String query) {
        List<MatchResult> selectors = SELECTOR.matcher(query).results().toList();
        assertThat(selectors).as(query).isNotEmpty();
        for (MatchResult selector : selectors) {
            String metric = selector.group(1);
            if (!metric.equals("up")) { // Prometheus's own
                assertThat(exposed.keySet()).as(query).contains(metric);
                assertThat(LABEL.matcher(selector.group(2)).results().map(label -> label.group(1)))
                        .as(query)
                        .isSubsetOf(exposed.get(metric));
            }
        }
        String rest = SELECTOR.matcher(query).replaceAll("x").replaceAll("\\$__rate_interval", "");
        assertThat(WORD.matcher(rest).results().map(MatchResult::group))
                .as("every metric of " + query + " is selected by its job")
                .isEmpty();
    }
}
