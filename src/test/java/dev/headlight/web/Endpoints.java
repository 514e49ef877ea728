package dev.headlight.web;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;

/** Endpoints that take JSON, found in the running OpenAPI document: tests need no list of them. */
final class Endpoints {
    private static final String JSON = "application/json";

    /**
     * Example of a request.
     *
     * @param mediaTypes forms of the endpoint's answer
     * @param analysis whether the request can be dry-run
     */
    record Example(String path, String name, JsonObject json, List<String> mediaTypes, boolean analysis) {
        String body() {
            return json.toString();
        }

        /** The body with one more field, or another value of it. */
        String with(String field, JsonElement value) {
            JsonObject changed = json.deepCopy();
            changed.add(field, value);
            return changed.toString();
        }

        /** Whether there is an input that can be verified. */
        boolean hasInput() {
            return json.has("input") || json.has("clean");
        }

        @Override
        public String toString() {
            return path + " " + name;
        }
    }

    private Endpoints() {}

    /** Every example of every endpoint that takes JSON. */
    static List<Example> examples(Api api) {
        JsonObject document = api.get("/v3/api-docs").json();
        JsonObject schemas = document.getAsJsonObject("components").getAsJsonObject("schemas");
        return document.getAsJsonObject("paths").entrySet().stream()
                .filter(path -> path.getValue().getAsJsonObject().has("post"))
                .map(path -> Map.entry(
                        path.getKey(), path.getValue().getAsJsonObject().getAsJsonObject("post")))
                .filter(post -> post.getValue().has("requestBody"))
                .flatMap(post -> examples(post.getKey(), post.getValue(), schemas).stream())
                .toList();
    }

    /** Those of the analyses, which can be dry-run and verified. */
    static List<Example> analyses(Api api) {
        return examples(api).stream().filter(Example::analysis).toList();
    }

    private static List<Example> examples(String path, JsonObject post, JsonObject schemas) {
        JsonObject request = json(post.getAsJsonObject("requestBody"));
        String schema =
                request.getAsJsonObject("schema").get("$ref").getAsString().replaceAll(".*/", "");
        boolean analysis =
                schemas.getAsJsonObject(schema).getAsJsonObject("properties").has("dry_run");
        JsonObject ok = post.getAsJsonObject("responses").getAsJsonObject("200");
        List<String> mediaTypes = ok == null
                ? List.of(JSON)
                : List.copyOf(ok.getAsJsonObject("content").keySet());
        return request.getAsJsonObject("examples").entrySet().stream()
                .map(e -> new Example(
                        path,
                        e.getKey(),
                        e.getValue().getAsJsonObject().getAsJsonObject("value"),
                        mediaTypes,
                        analysis))
                .toList();
    }

    private static JsonObject json(JsonObject body) {
        return body.getAsJsonObject("content").getAsJsonObject(JSON);
    }
}
