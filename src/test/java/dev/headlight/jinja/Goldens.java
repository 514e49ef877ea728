package dev.headlight.jinja;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What Jinja made of templates; written by {@code tools/fixtures/chat_fixture.py}. */
final class Goldens {
    private final JsonObject json;

    Goldens(String file) {
        try {
            json = JsonParser.parseString(Files.readString(Path.of("src/test/resources/fixtures/chat", file)))
                    .getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Stream<JsonObject> cases() {
        return json.getAsJsonArray("cases").asList().stream().map(JsonElement::getAsJsonObject);
    }

    String render(String template) {
        Map<String, Object> variables = new LinkedHashMap<>();
        json.getAsJsonObject("variables").entrySet().forEach(e -> variables.put(e.getKey(), value(e.getValue())));
        return new Template(template)
                .render(variables, LocalDateTime.parse(json.get("now").getAsString()));
    }

    private static Object value(JsonElement json) {
        if (json.isJsonNull()) {
            return None.NONE;
        } else if (json.isJsonArray()) {
            List<Object> list = new ArrayList<>();
            json.getAsJsonArray().forEach(e -> list.add(value(e)));
            return list;
        } else if (json.isJsonObject()) {
            Map<Object, Object> dict = new LinkedHashMap<>();
            json.getAsJsonObject().entrySet().forEach(e -> dict.put(e.getKey(), value(e.getValue())));
            return dict;
        } else if (json.getAsJsonPrimitive().isString()) {
            return json.getAsString();
        } else if (json.getAsJsonPrimitive().isBoolean()) {
            return json.getAsBoolean();
        }
        String number = json.getAsString();
        return number.contains(".") ? (Object) Double.valueOf(number) : Long.valueOf(number);
    }
}
