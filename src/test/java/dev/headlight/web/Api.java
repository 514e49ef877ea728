package dev.headlight.web;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** A client of the service under test. */
public final class Api {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final String url;

    public Api(int port) {
        this.url = "http://127.0.0.1:" + port;
    }

    public record Reply(int status, HttpResponse<byte[]> response) {
        public String text() {
            return new String(response.body(), StandardCharsets.UTF_8);
        }

        public byte[] bytes() {
            return response.body();
        }

        public JsonObject json() {
            return JsonParser.parseString(text()).getAsJsonObject();
        }

        /** One element of {@code results}. */
        public JsonObject result(int input) {
            return json().getAsJsonArray("results").get(input).getAsJsonObject();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        public String type() {
            return header("Content-Type");
        }
    }

    Reply get(String path) {
        return send(HttpRequest.newBuilder(URI.create(url + path)).build());
    }

    Reply get(String path, String accept) {
        return send(HttpRequest.newBuilder(URI.create(url + path))
                .header("Accept", accept)
                .build());
    }

    public Reply post(String path, String body) {
        return post(path, body, "application/json");
    }

    Reply post(String path, JsonElement body) {
        return post(path, body.toString(), "application/json");
    }

    public Reply post(String path, String body, String accept) {
        return post(path, body.getBytes(StandardCharsets.UTF_8), accept, "application/json");
    }

    /** @param json JSON with single quotes in place of double ones */
    public Reply postJson(String path, String json) {
        return postJson(path, json, "application/json");
    }

    /** @param json JSON with single quotes in place of double ones */
    public Reply postJson(String path, String json, String accept) {
        return post(path, json.replace('\'', '"'), accept);
    }

    Reply post(String path, byte[] body, String accept, String contentType) {
        return send(HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", contentType)
                .header("Accept", accept)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
    }

    Reply send(HttpRequest request) {
        try {
            return once(request);
        } catch (IOException e) {
            return again(request, e);
        }
    }

    /** A server may close an idle connection just when it is used again: then it has not read the request. */
    private static Reply again(HttpRequest request, IOException first) {
        if (!String.valueOf(first.getMessage()).contains("received no bytes")) {
            throw new AssertionError(first);
        }
        try {
            return once(request);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Reply once(HttpRequest request) throws IOException {
        try {
            HttpResponse<byte[]> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray());
            return new Reply(response.statusCode(), response);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    URI uri(String path) {
        return URI.create(url + path);
    }
}
