package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Conversations as input, of the embedded model with a chat template. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT, properties = "headlight.device=cpu")
class ChatTest {
    private static final String TEMPLATE = """
            {{- bos_token }}
            {%- for message in messages %}
                {%- if message.role not in ['user', 'assistant'] %}
                    {{- raise_exception('There is no role ' + message.role) }}
                {%- endif %}
                {{- message.role ~ ': ' ~ message.content | trim ~ '\\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- 'assistant:' }}
            {%- endif %}
            """;
    private static final String FRANCE = "{'messages':[{'role':'user','content':' The capital of France'}]}";
    private static final String ITALY = FRANCE.replace("France", "Italy");
    private static final String FRANCE_TEXT = "<|endoftext|>user: The capital of France\nassistant:";

    @TempDir
    static Path models;

    @LocalServerPort
    int port;

    private Api api;

    @DynamicPropertySource
    static void models(DynamicPropertyRegistry registry) throws IOException {
        copy("src/main/resources/models/micro", "chatty", TEMPLATE);
        copy("src/test/resources/fixtures/gpt2", "wordless", TEMPLATE);
        copy("src/main/resources/models/micro", "hostile", """
                {% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}""");
        registry.add("headlight.models-dir", models::toString);
    }

    private static void copy(String source, String id, String template) throws IOException {
        Path folder = Files.createDirectories(models.resolve(id));
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            if (Files.exists(Path.of(source, name))) {
                Files.copy(Path.of(source, name), folder.resolve(name));
            }
        }
        Files.writeString(folder.resolve("chat_template.jinja"), template);
    }

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private Api.Reply post(String path, String body) {
        return api.post(path, body.replace('\'', '"'));
    }

    private JsonObject ok(String path, String body) {
        Api.Reply reply = post(path, body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    private static JsonArray array(String... texts) {
        JsonArray array = new JsonArray();
        List.of(texts).forEach(array::add);
        return array;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /attention | 'layers':[0],'heads':[0]
            /activations | 'hooks':['blocks.0.hook_resid_post'],'positions':[-1]
            /activations/top | 'layer':1
            /interventions | 'interventions':[{'hook':'z','layer':0,'heads':[3],'action':{'type':'zero'}}],'answer':5
            """)
    void everyAnalysisTakesAConversationAsTheTextThatItBecomes(String path, String fields) {
        JsonObject chat = ok(path, "{'model':'chatty','input':" + FRANCE + "," + fields + "}");
        assertThat(chat.remove("rendered")).isEqualTo(array(FRANCE_TEXT));
        String text = FRANCE_TEXT.replace("\n", "\\n");
        JsonObject same =
                ok(path, "{'model':'chatty','add_special_tokens':false,'input':'" + text + "'," + fields + "}");
        assertThat(chat).isEqualTo(same);
        assertThat(same.has("rendered")).isFalse();
    }

    @Test
    void tokenizeShowsTheTextAndTheTokensOfEachConversation() {
        JsonObject both = ok("/tokenize", "{'model':'chatty','input':[" + FRANCE + "," + ITALY + "]}");
        assertThat(both.get("rendered")).isEqualTo(array(FRANCE_TEXT, FRANCE_TEXT.replace("France", "Italy")));
        JsonObject first = both.getAsJsonArray("results").get(0).getAsJsonObject();
        assertThat(first.getAsJsonArray("raw_tokens").get(0).getAsString()).isEqualTo("<|endoftext|>");
        assertThat(first.getAsJsonArray("token_ids").asList().stream()
                        .filter(id -> id.getAsInt() == 0)
                        .count())
                .isEqualTo(1); // the template writes BOS, and the tokenizer adds none
        assertThat(first.getAsJsonArray("offsets").get(1)).isEqualTo(JsonParser.parseString("[13,15]"));
        assertThat(both.getAsJsonObject("provenance").getAsJsonArray("special_tokens"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'add_generation_prompt':true | The capital is\\nassistant:
            'add_generation_prompt':false | The capital is\\n
            'continue_final_message':true | The capital is
            'continue_final_message':true,'add_generation_prompt':false | The capital is
            'continue_final_message':false | The capital is\\nassistant:
            'continue_final_message':null,'add_generation_prompt':null | The capital is\\nassistant:
            """)
    void aConversationEndsAsItIsAskedTo(String options, String end) {
        JsonObject answer = ok(
                "/tokenize",
                "{'model':'chatty','input':{'messages':[{'role':'assistant','content':'The capital is '}]," + options
                        + "}}");
        assertThat(answer.get("rendered")).isEqualTo(array("<|endoftext|>assistant: " + end.replace("\\n", "\n")));
    }

    @Test
    void sourcesAndReferencesCanBeConversations() {
        String patch = "{'model':'chatty','input':" + FRANCE
                + ",'interventions':[{'hook':'resid_post','layer':0,'action':{'type':'patch','source':" + ITALY
                + "}},{'hook':'mlp_out','layer':1,'action':{'type':'mean','reference':[" + FRANCE + "," + ITALY
                + "]}}]}";
        JsonObject effect = ok("/interventions", patch)
                .getAsJsonArray("results")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("effect");
        assertThat(effect.get("kl_divergence").getAsDouble()).isPositive();
        JsonObject problem = post("/interventions", patch.replace("[" + FRANCE, "[{'messages':[]}"))
                .json();
        assertThat(problem.get("detail").getAsString())
                .isEqualTo("interventions[1].action.reference[0].messages: must not be empty");
    }

    @Test
    void safetensorsCarriesTheTextToo() {
        byte[] file = api.post(
                        "/attention",
                        "{'model':'chatty','input':%s,'layers':[0],'heads':[0]}"
                                .formatted(FRANCE)
                                .replace('\'', '"'),
                        Format.SAFETENSORS_VALUE)
                .bytes();
        int header = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonObject metadata = JsonParser.parseString(new String(file, 8, header, StandardCharsets.UTF_8))
                .getAsJsonObject()
                .getAsJsonObject("__metadata__");
        JsonObject response =
                JsonParser.parseString(metadata.get("response").getAsString()).getAsJsonObject();
        assertThat(response.get("rendered")).isEqualTo(array(FRANCE_TEXT));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {} | input.messages | is required
            {'messages':null} | input.messages | is required
            {'messages':[]} | input.messages | must not be empty
            {'messages':'x'} | input.messages | must be a list
            {'messages':['x']} | input.messages[0] | must be an object
            {'messages':[{'role':'user','content':'a'},{'content':'a'}]} | input.messages[1].role | is required
            {'messages':[{'role':'user'}]} | input.messages[0].content | is required
            {'messages':[{'role':'user','content':null}]} | input.messages[0].content | is required
            {'messages':[{'role':'user','content':5}]} | input.messages[0].content | must be a string
            {'messages':[{'role':'user','content':[{'type':'text','text':'a'}]}]} | input.messages[0].content | must be a string
            {'messages':[{'role':1,'content':'a'}]} | input.messages[0].role | must be a string
            {'messages':[{'role':'user','content':'a','name':'b'}]} | input.messages[0].name | is not known; the known fields are [content, role]
            {'messages':[{'role':'user','content':'a'}],'tools':[]} | input.tools | is not known; the known fields are [add_generation_prompt, continue_final_message, messages]
            {'messages':[{'role':'user','content':'a'}],'add_generation_prompt':1} | input.add_generation_prompt | must be true or false
            {'messages':[{'role':'user','content':'a'}],'continue_final_message':'x'} | input.continue_final_message | must be true or false
            {'messages':[{'role':'user','content':'a'}],'continue_final_message':true,'add_generation_prompt':true} | input.add_generation_prompt | must be false or absent where continue_final_message is true
            {'messages':[{'role':'user','content':'\\ud800'}]} | input.messages[0].content | holds an unpaired surrogate, which is not a character
            {'messages':[{'role':'user','content':'a'},{'role':'narrator','content':'a'}]} | input.messages | are refused by the model's chat template: There is no role narrator
            [{'messages':[{'role':'user','content':'a'}]},{'messages':[]}] | input[1].messages | must not be empty
            [{'messages':[{'role':'user','content':'a'}]},'a'] | input[1] | must be a text, a list of token ids (integers), a conversation (an object with messages), or a list of texts, of lists of token ids, or of conversations
            [[1],{'messages':[{'role':'user','content':'a'}]}] | input[1] | must be a text, a list of token ids (integers), a conversation (an object with messages), or a list of texts, of lists of token ids, or of conversations
            """)
    void aConversationThatIsNoneIs422AndNamesTheSpot(String input, String field, String message) {
        Api.Reply reply = post("/tokenize", "{'model':'chatty','input':" + input + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        assertThat(reply.json().get("detail").getAsString()).isEqualTo(field + ": " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            micro    | input: is a conversation, but model micro has no chat template: give text or token ids
            wordless | input: is a conversation, but model wordless has no tokenizer: give token ids in 0..
            hostile  | input.messages: cannot be rendered by the model's chat template: makes more than
            """)
    void aModelThatCannotRenderItSaysWhy(String model, String detail) {
        Api.Reply reply = post("/attention", "{'model':'" + model + "','input':" + FRANCE + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        assertThat(reply.json().get("detail").getAsString()).startsWith(detail);
    }

    @Test
    void aConversationThatBecomesTooLongATextIs422() {
        String many = "{'role':'user','content':'one two three four five'},".repeat(40);
        Api.Reply reply = post(
                "/attention", "{'model':'chatty','input':{'messages':[" + many + "{'role':'user','content':'x'}]}}");
        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().get("detail").getAsString())
                .startsWith("input: has ")
                .contains("the context of model chatty is 1..128");
    }
}
