package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;

/** Checks of problem documents. */
public final class Problems {
    private Problems() {}

    /** @param type the last part of the problem's type, such as {@code invalid-request} */
    public static void assertProblem(Api.Reply reply, int status, String type) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.type()).startsWith("application/problem+json");
        JsonObject problem = reply.json();
        assertThat(problem.get("type").getAsString()).isEqualTo("/problems/" + type);
        assertThat(problem.get("status").getAsInt()).isEqualTo(status);
        assertThat(problem.get("title").getAsString()).isNotEmpty();
        assertThat(problem.get("detail").getAsString()).isNotEmpty().doesNotContain("Exception", "java.");
        assertThat(problem.get("request_id").getAsString()).isEqualTo(reply.header("X-Request-Id"));
    }

    /** A 422 whose first error names the field, and says this of it; null says nothing. */
    public static void assertInvalid(Api.Reply reply, String field, String says) {
        assertProblem(reply, 422, "invalid-request");
        JsonObject error = reply.json().getAsJsonArray("errors").get(0).getAsJsonObject();
        assertThat(error.get("field").getAsString()).isEqualTo(field);
        assertThat(error.get("message").getAsString()).contains(says == null ? "" : says);
        assertThat(reply.json().get("detail").getAsString()).contains(field);
    }
}
