import com.google.gson.Gson;
import com.google.gson.ToNumberPolicy;
import org.openapitools.client.ApiClient;
import org.openapitools.client.JSON;

/** The client that openapi-generator writes for Java by default, with OkHttp and Gson. */
final class Client {
    static Object api(Class<?> api, String url) throws Exception {
        ApiClient client = new ApiClient().setBasePath(url).setReadTimeout(60_000);
        return api.getConstructor(ApiClient.class).newInstance(client);
    }

    static Object read(String json, Class<?> type) {
        Gson whole = JSON.getGson().newBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();
        return whole.fromJson(json, type); // token ids of an input, whose type is any, stay integers
    }

    static String write(Object answer) {
        return JSON.getGson().toJson(answer);
    }
}
