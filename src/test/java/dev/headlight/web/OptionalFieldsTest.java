package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A field that may be left out may also be null, and its declared default may be sent: both mean the same as leaving it out. */
@RunningService
class OptionalFieldsTest {
    @LocalServerPort
    int port;

    private Api api;
    private JsonObject schemas;

    @BeforeEach
    void document() {
        api = new Api(port);
        schemas = api.get("/v3/api-docs").json().getAsJsonObject("components").getAsJsonObject("schemas");
    }

    @TestFactory
    Stream<DynamicTest> nullMeansLeftOut() {
        return everyAnalysis("null", field -> JsonNull.INSTANCE);
    }

    @TestFactory
    Stream<DynamicTest> aDeclaredDefaultMeansLeftOut() {
        return everyAnalysis("default", field -> field.get("default"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /patching             | 'direction':'denoising'
            /patching             | 'freeze_mlps':true
            /attribution-patching | 'direction':'denoising'
            /attribution-patching | 'steps':5
            /attribution-patching | 'method':'gradient','steps':5
            """)
    void aDefaultMayBeSentWhereItDoesNotApply(String path, String fields) {
        String request =
                "{'model':'gpt2','input':[1,2,3],'ablation':'mean','hook':'z','over':['layer','head'],'metric':{'type':'loss'},";
        assertSame(path, parse(request + "'dry_run':true}"), parse(request + "'dry_run':true," + fields + "}"));
    }

    @Test
    void theDefaultsOfCircuitsMayBeSentWithAnAblation() {
        String request = "{'input':'Mary and John','ablation':'mean','metric':{'type':'loss'},'dry_run':true";
        assertSame(
                "/circuits",
                parse(request + "}"),
                parse(request + ",'method':'eap','direction':'noising','steps':5,'share':0.8}"));
    }

    private interface Value {
        /** The value that is sent; null for none. */
        JsonElement of(JsonObject field);
    }

    /** Dry-runs every example as it is, and with a value of every field that it leaves out. */
    private Stream<DynamicTest> everyAnalysis(String kind, Value value) {
        JsonObject paths = api.get("/v3/api-docs").json().getAsJsonObject("paths");
        return Endpoints.analyses(api).stream()
                .map(example -> DynamicTest.dynamicTest(example + ": " + kind, () -> {
                    JsonObject schema = paths.getAsJsonObject(example.path())
                            .getAsJsonObject("post")
                            .getAsJsonObject("requestBody")
                            .getAsJsonObject("content")
                            .getAsJsonObject("application/json")
                            .getAsJsonObject("schema");
                    JsonObject plain = example.json().deepCopy();
                    plain.addProperty("dry_run", true);
                    JsonObject filled = plain.deepCopy();
                    assertThat(fill(filled, schema, value)).isPositive();
                    assertSame(example.path(), plain, filled);
                }));
    }

    private void assertSame(String path, JsonObject plain, JsonObject filled) {
        Api.Reply expected = api.post(path, plain);
        Api.Reply reply = api.post(path, filled);
        assertThat(expected.status()).as(expected.text()).isEqualTo(200);
        assertThat(reply.status()).as(filled + " " + reply.text()).isEqualTo(200);
        for (String field : new String[] {"bytes", "flops", "response_bytes", "warnings"}) {
            assertThat(reply.json().get(field))
                    .as(field)
                    .isEqualTo(expected.json().get(field));
        }
    }

    /** Adds a value to an object, and to those in it, for every optional field that it lacks. Returns how many it added. */
    private int fill(JsonElement element, JsonObject schema, Value value) {
        if (element.isJsonArray() && schema.has("items")) {
            int added = 0;
            for (JsonElement e : element.getAsJsonArray()) {
                added += fill(e, schema.getAsJsonObject("items"), value);
            }
            return added;
        }
        JsonObject object = resolve(schema, element);
        if (!element.isJsonObject() || !object.has("properties")) {
            return 0;
        }
        return fillFields(element.getAsJsonObject(), object.getAsJsonObject("properties"), value);
    }

    private int fillFields(JsonObject object, JsonObject fields, Value value) {
        int added = 0;
        for (Map.Entry<String, JsonElement> field : fields.entrySet()) {
            JsonObject schema = field.getValue().getAsJsonObject();
            if (object.has(field.getKey())) {
                added += fill(object.get(field.getKey()), schema, value);
                continue;
            }
            JsonElement given = value.of(schema);
            if (given != null) {
                object.add(field.getKey(), given);
                added++;
            }
        }
        return added;
    }

    /** Follows a reference; that to an action leads to the schema of its type. */
    private JsonObject resolve(JsonObject schema, JsonElement element) {
        if (!schema.has("$ref")) {
            return schema;
        }
        String name = schema.get("$ref").getAsString().replaceAll(".*/", "");
        JsonObject target = schemas.getAsJsonObject(name);
        if (!name.equals("Action")) {
            return target;
        }
        JsonPrimitive type = element.getAsJsonObject().getAsJsonPrimitive("type");
        String ofType = target.getAsJsonObject("then")
                .getAsJsonObject("discriminator")
                .getAsJsonObject("mapping")
                .get(type.getAsString())
                .getAsString();
        return schemas.getAsJsonObject(ofType.replaceAll(".*/", ""));
    }

    private static JsonObject parse(String json) {
        return JsonParser.parseString(json.replace('\'', '"')).getAsJsonObject();
    }
}
