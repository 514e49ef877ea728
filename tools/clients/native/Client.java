import org.openapitools.client.ApiClient;

/** The client that openapi-generator writes for Java's own HTTP client and Jackson. */
final class Client {
    static Object api(Class<?> api, String url) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(url);
        return api.getConstructor(ApiClient.class).newInstance(client);
    }

    static Object read(String json, Class<?> type) throws Exception {
        return new ApiClient().getObjectMapper().readValue(json, type);
    }

    static String write(Object answer) throws Exception {
        return new ApiClient().getObjectMapper().writeValueAsString(answer);
    }
}
