package dev.headlight.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.Fixture;
import dev.headlight.model.fault.BadSelection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final Path FIXTURE = Path.of("src/test/resources/fixtures/chat");
    private static final Path MICRO = Path.of("src/main/resources/models/micro");
    private static final LocalDateTime NOW = LocalDateTime.of(2025, 3, 9, 7, 5, 3);
    private static final Conversation HELLO =
            new Conversation(List.of(new Conversation.Message("user", "Hello")), Conversation.Ending.GENERATION_PROMPT);

    private static JsonObject golden;
    private static Tokenizer tokenizer;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() throws IOException {
        golden = JsonParser.parseString(Files.readString(FIXTURE.resolve("families.json")))
                .getAsJsonObject();
        tokenizer = new Tokenizer(MICRO.resolve("tokenizer.json"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    static Stream<String> templates() throws IOException {
        try (Stream<Path> files = Files.list(FIXTURE.resolve("templates"))) {
            return files.map(f -> f.getFileName().toString().replace(".jinja", "")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("templates")
    void everyConversationBecomesTheTextAndTheTokensThatTransformersMakesOfIt(String name) throws IOException {
        Files.copy(FIXTURE.resolve("templates/" + name + ".jinja"), folder.resolve("chat_template.jinja"));
        Files.copy(MICRO.resolve("tokenizer_config.json"), folder.resolve("tokenizer_config.json"));
        ChatTemplate template = new ChatTemplate(folder);
        int tried = 0;
        for (JsonElement element : golden.getAsJsonArray("cases")) {
            JsonObject want = element.getAsJsonObject();
            if (want.get("template").getAsString().equals(name)) {
                check(template, want);
                tried++;
            }
        }
        assertThat(tried).isEqualTo(27);
    }

    private static void check(ChatTemplate template, JsonObject want) {
        Conversation conversation = new Conversation(
                golden
                        .getAsJsonObject("conversations")
                        .getAsJsonArray(want.get("conversation").getAsString())
                        .asList()
                        .stream()
                        .map(JsonElement::getAsJsonObject)
                        .map(m -> new Conversation.Message(
                                m.get("role").getAsString(), m.get("content").getAsString()))
                        .toList(),
                Conversation.Ending.valueOf(want.get("ending").getAsString().toUpperCase(Locale.ROOT)));
        if (want.has("text")) {
            String text = template.render("input", "m", conversation, NOW);
            assertThat(text).as("%s", want).isEqualTo(want.get("text").getAsString());
            assertThat(tokenizer.encode(text, false, count -> {}).ids()).isEqualTo(Fixture.ids(want.get("ids")));
        } else {
            assertThatThrownBy(() -> template.render("input", "m", conversation, NOW))
                    .as("%s", want)
                    .isInstanceOf(BadSelection.class)
                    .hasMessageEndingWith(
                            want.get("raised").getAsBoolean()
                                    ? want.get("error").getAsString()
                                    : "");
        }
    }

    @Test
    void theTemplateOfItsOwnFileComesBeforeTheOneOfTheConfiguration() throws IOException {
        assertThat(fault()).isEqualTo("is a conversation, but model m has no chat template: give text or token ids");
        write("chat_template.json", "{\"chat_template\": \"from the processor\"}");
        assertThat(rendered()).isEqualTo("from the processor");
        write("tokenizer_config.json", "{\"chat_template\": null}");
        assertThat(rendered()).isEqualTo("from the processor");
        write("tokenizer_config.json", "{\"chat_template\": \"from the tokenizer\"}");
        assertThat(rendered()).isEqualTo("from the tokenizer");
        write("chat_template.jinja", "from the file");
        assertThat(rendered()).isEqualTo("from the file");
    }

    @Test
    void ofSeveralTemplatesTheDefaultIsTaken() throws IOException {
        write("tokenizer_config.json", """
                {"chat_template": [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "mine"}]}""");
        assertThat(rendered()).isEqualTo("mine");
        write("tokenizer_config.json", "{\"chat_template\": [{\"name\": \"rag\", \"template\": \"x\"}]}");
        assertThat(fault()).contains("none of them is named 'default'");
    }

    @Test
    void aTemplateKnowsTheSpecialTokensAsTransformersDoes() throws IOException {
        write("chat_template.jinja", "{{ bos_token }}{{ eos_token }}{{ pad_token }}{{ image_token }}{{ audio_token }}");
        write("tokenizer_config.json", """
                {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "pad_token": null,
                 "eos_token": {"content": "</s>", "lstrip": false}, "image_token": "<image>",
                 "extra_special_tokens": {"audio_token": "<audio>"}}""");
        assertThat(rendered()).isEqualTo("<s></s><image><audio>");
        write("special_tokens_map.json", "{\"bos_token\": {\"content\": \"<b>\"}, \"pad_token\": \"<p>\"}");
        assertThat(rendered()).isEqualTo("<b></s><p><image><audio>");
        write("tokenizer_config.json", """
                {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "added_tokens_decoder": {}}""");
        assertThat(rendered()).isEqualTo("<s>");
    }

    @Test
    void aSpecialTokenThatOnlyTransformersKnowsIsNotGuessed() throws IOException {
        write("chat_template.jinja", "{{ bos_token }}");
        write("tokenizer_config.json", "{\"tokenizer_class\": \"LlamaTokenizer\"}");
        assertThat(fault()).contains("reads bos_token", "name it in tokenizer_config.json");
        write("tokenizer_config.json", "{\"tokenizer_class\": \"LlamaTokenizer\", \"bos_token\": null}");
        assertThat(rendered()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tokenizer_config.json | {                                  | cannot be read
            tokenizer_config.json | []                                 | cannot be read
            tokenizer_config.json | {"chat_template": {"a": 1}}        | cannot be read
            tokenizer_config.json | {"chat_template": [1]}             | cannot be read
            tokenizer_config.json | {"chat_template": [{"name": 1}]}   | cannot be read
            chat_template.json    | {"chat_template"                   | cannot be read
            chat_template.jinja   | {{ a                               | cannot be used: line 1: a tag is not closed
            chat_template.jinja   | {% include 'a' %}                  | cannot be used: the tag 'include' is not supported
            """)
    void aTemplateThatCannotBeReadSaysSoWhenItIsAskedFor(String file, String content, String fault) throws IOException {
        write(file, content);
        assertThat(fault()).contains("model m has a chat template that " + fault);
    }

    @Test
    void aTemplateThatIsNoTextIsNotRead() throws IOException {
        Files.write(folder.resolve("chat_template.jinja"), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThat(fault()).contains("cannot be read");
        Files.write(folder.resolve("chat_template.jinja"), new byte[(1 << 20) + 1]);
        assertThat(fault()).contains("cannot be read: chat_template.jinja is longer than");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{ missing.x }}", "{{ 'a' * 999999999 }}", "{{ messages | center }}"})
    void aConversationThatCannotBeRenderedIsABadSelectionOfItsMessages(String template) throws IOException {
        write("chat_template.jinja", template);
        assertThatThrownBy(this::rendered)
                .isInstanceOf(BadSelection.class)
                .hasMessageStartingWith("cannot be rendered by the model's chat template: ")
                .extracting(e -> ((BadSelection) e).field())
                .isEqualTo("input.messages");
    }

    private void write(String file, String content) throws IOException {
        Files.writeString(folder.resolve(file), content);
    }

    private String rendered() {
        return new ChatTemplate(folder).render("input", "m", HELLO, NOW);
    }

    private String fault() {
        try {
            return "rendered as " + rendered();
        } catch (BadSelection e) {
            return e.getMessage();
        }
    }
}
