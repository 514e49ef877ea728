package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonPrimitive;
import dev.headlight.interp.read.AttentionPatterns;
import dev.headlight.interp.session.Input;
import dev.headlight.model.store.Admission;
import dev.headlight.model.store.MemoryBudget;
import dev.headlight.model.store.Models;
import dev.headlight.model.text.ModelText;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.http.ResponseEntity;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Counts what a request makes of its texts: the embedded model, and a copy of it with a chat template. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "headlight.device=cpu",
            "headlight.memory-budget=64MB",
            "headlight.memory-wait=20s",
            "headlight.limits.response-bytes=100KB"
        })
@Import(EncodeOnceTest.Counted.class)
class EncodeOnceTest {
    private static final String CHAT = "{'messages':[{'role':'user','content':' The capital of France'}]}";

    @TempDir
    static Path folder;

    @LocalServerPort
    int port;

    @Autowired
    Models models;

    @Autowired
    MemoryBudget budget;

    @Autowired
    Counted counted;

    private Api api;

    /** An endpoint that counts how often its query is built. */
    @Hidden // it has no example in the OpenAPI document
    @RestController
    static class Counted {
        record Request(
                @Nullable String model,
                Input input,
                @Nullable Boolean addSpecialTokens,
                boolean verify,
                @Nullable String compareTo,
                boolean dryRun)
                implements AnalysisRequest.OfEachInput {}

        private final AnalysisRunner runner;
        private final AtomicInteger queries = new AtomicInteger();

        Counted(AnalysisRunner runner) {
            this.runner = runner;
        }

        @PostMapping("/counted")
        ResponseEntity<Reply> counted(@RequestBody Request request, Format format) {
            return runner.reply(
                    request,
                    format,
                    model -> Plan.of(
                            1,
                            session -> {
                                queries.incrementAndGet();
                                return new AttentionPatterns.Query(null, null, false, AttentionPatterns.Kind.PATTERN);
                            },
                            AttentionPatterns::compute),
                    (answer, other) -> {
                        throw new IllegalStateException("no picture is asked for");
                    });
        }
    }

    @DynamicPropertySource
    static void models(DynamicPropertyRegistry registry) throws IOException {
        Path chatty = Files.createDirectories(folder.resolve("chatty"));
        Path micro = Path.of("src/main/resources/models/micro");
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(micro.resolve(name), chatty.resolve(name));
        }
        Files.writeString(chatty.resolve("chat_template.jinja"), """
                {%- for message in messages %}{{ message.role ~ ': ' ~ message.content }}{% endfor %}""");
        registry.add("headlight.models-dir", folder::toString);
    }

    @BeforeEach
    void client() {
        api = new Api(port);
        counted.queries.set(0);
    }

    private ModelText text(String model) {
        try (Admission<?> admission = models.admit(model, "test")) {
            return admission.model().text();
        }
    }

    private Api.Reply post(String path, String body) {
        Api.Reply reply = api.post(path, body.replace('\'', '"'));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /tokenize | 'input':['Mary and John','The'] | 2
            /attention | 'input':'When Mary and John went' | 1
            /attention | 'input':['Mary and John','The','Mary and John'] | 2
            /activations/top | 'input':['Mary and John','The'],'layer':0 | 2
            /interventions | 'input':'The capital of France is','interventions':[{'hook':'resid_post','layer':0,'action':{'type':'patch','source':'The capital of Italy is'}}],'answer':' Rome','foil':' Paris' | 4
            /interventions | 'input':'The capital of France is','interventions':[{'hook':'z','layer':0,'action':{'type':'mean','reference':['The capital of Italy is','The']}}] | 3
            /lens | 'input':'Mary and John','targets':[' Paris',' Rome',5] | 3
            /heads | 'input':'When Mary and John','scores':['name_mover'],'answer':' Mary','foil':' John' | 3
            /attribution | 'input':'When Mary and John','metric':{'type':'logit','answer':' Mary'} | 2
            /patching | 'clean':'The capital of France is','corrupted':'The capital of Italy is','hook':'resid_post','over':['layer','position'],'metric':{'type':'logit_difference','answer':' Paris','foil':' Rome'} | 4
            /circuits | 'clean':'The capital of France is','corrupted':'The capital of Italy is','edges_max':2,'metric':{'type':'logit_difference','answer':' Paris','foil':' Rome'} | 4
            """)
    void eachTextOfARequestIsTokenisedOnce(String path, String fields, int texts) {
        ModelText text = text("micro");
        for (String how : path.equals("/tokenize") ? List.of("") : List.of("", ",'dry_run':true", ",'verify':true")) {
            long before = text.encodings();
            post(path, "{" + fields + how + "}");
            assertThat(text.encodings() - before).as(how).isEqualTo(texts);
        }
    }

    /** A dry run encodes once; examples are found in the OpenAPI document, so those of every analysis. */
    @TestFactory
    Stream<DynamicTest> aRunOfAnyExampleTokenisesNoMoreThanItsDryRun() {
        ModelText text = text("micro");
        return Endpoints.analyses(api).stream()
                .map(example -> DynamicTest.dynamicTest(example.toString(), () -> {
                    long before = text.encodings();
                    post(example.path(), example.with("dry_run", new JsonPrimitive(true)));
                    long dryRun = text.encodings() - before;
                    int status = api.post(example.path(), example.body()).status();
                    assertThat(status).isIn(200, 413); // the limits are low here
                    assertThat(text.encodings() - before - dryRun).isEqualTo(dryRun);
                }));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/tokenize | ",
                "/attention | ",
                "/attention | ,'dry_run':true",
                "/attention | ,'verify':true",
                "/activations/top | ,'layer':0",
                "/lens | ,'dry_run':true"
            })
    void eachConversationIsRenderedAndTokenisedOnce(String request) {
        String[] parts = request.split(" \\| ", -1);
        ModelText text = text("chatty");
        long rendered = text.renderings();
        long encoded = text.encodings();
        String chats = CHAT + "," + CHAT.replace("France", "Italy");
        post(parts[0], "{'model':'chatty','input':[" + chats + "]" + parts[1] + "}");
        assertThat(text.renderings() - rendered).isEqualTo(2);
        assertThat(text.encodings() - encoded).isEqualTo(2);
    }

    @Test
    void aComparedModelGetsTheTokensOfTheFirstAndReadsOnlyItsOwnFields() {
        ModelText own = text("micro");
        ModelText other = text("chatty");
        long before = own.encodings();
        long beforeOther = other.encodings();
        post("/interventions", """
                {'input':'The capital of France is','compare_to':'chatty','answer':' Rome',
                 'interventions':[{'hook':'resid_post','layer':0,
                   'action':{'type':'patch','source':'The capital of Italy is'}}]}""");
        assertThat(own.encodings() - before).isEqualTo(3);
        assertThat(other.encodings() - beforeOther).isEqualTo(2); // the source and the answer
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            `` | 1
            ,'dry_run':true | 1
            ,'verify':true | 1
            ,'compare_to':'chatty' | 2
            ,'compare_to':'chatty','dry_run':true | 2
            """)
    void theQueryIsBuiltOnceForEachModel(String how, int models) {
        post("/counted", "{'input':'When Mary and John went'" + how + "}");
        assertThat(counted.queries.get()).isEqualTo(models);
    }

    @Test
    void aDryRunOfWhatDoesNotFitBuildsItsQueryAndTokensOnceToo() {
        ModelText text = text("micro");
        long before = text.encodings();
        String input = "When Mary and John went to the store , John gave a drink to Mary. ".repeat(5);
        Api.Reply estimate = post("/counted", "{'input':'" + input + "','dry_run':true}");
        assertThat(estimate.json().get("fits").getAsBoolean()).isFalse();
        assertThat(text.encodings() - before).isEqualTo(1);
        assertThat(counted.queries.get()).isEqualTo(1);
    }

    @Test
    void aRequestThatWaitsForMemoryIsPreparedOnce() throws Exception {
        ModelText text = text("micro");
        long before = text.encodings();
        CompletableFuture<Api.Reply> waiting;
        models.unload("chatty"); // else dropping it would make room
        long free = budget.total() - budget.reserved();
        try (Admission<?> all = models.admit(null, "test", model -> () -> free)) {
            waiting = CompletableFuture.supplyAsync(() -> post("/counted", "{'input':'When Mary and John went'}"));
            Thread.sleep(500);
            assertThat(waiting).isNotDone();
        }
        waiting.get(30, TimeUnit.SECONDS);
        assertThat(text.encodings() - before).isEqualTo(1);
        assertThat(counted.queries.get()).isEqualTo(1);
    }
}
