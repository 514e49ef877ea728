import org.openapitools.client.ApiClient;
import org.openapitools.client.JSON;

/** The client that openapi-generator writes for Java by default, with OkHttp and Gson. */
final class Client {
    static Object api(Class<?> api, String url) throws Exception {
        ApiClient client = new ApiClient().setBasePath(url).setReadTimeout(60_000);
        return api.getConstructor(ApiClient.class).newInstance(client);
    }

    static Object read(String json, Class<?> type) {
        return JSON.getGson().fromJson(json, type);
    }

    static String write(Object answer) {
        return JSON.getGson().toJson(answer);
    }
}
