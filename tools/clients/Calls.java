import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.openapitools.client.ApiException;

/** Makes every documented call with a generated Java client: Calls URL CALLS ANSWERS. Client is that of one library. */
final class Calls {
    public static void main(String[] arguments) throws Exception {
        List<String> answers = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(arguments[1]))) {
            answers.add(send(arguments[0], line.split("\t")));
        }
        Files.writeString(Path.of(arguments[2]), "[" + String.join(",", answers) + "]");
    }

    /** @param call tag, operation, class of the request, parameters, body */
    private static String send(String url, String[] call) throws Exception {
        Object api = Client.api(Class.forName("org.openapitools.client.api." + call[0] + "Api"), url);
        List<Object> sent = new ArrayList<>(call[3].isEmpty() ? List.of() : List.of(call[3].split(",")));
        if (!call[2].isEmpty()) {
            sent.add(Client.read(call[4], Class.forName("org.openapitools.client.model." + call[2])));
        }
        Method method = Stream.of(api.getClass().getMethods())
                .filter(m -> m.getName().equals(call[1]) && m.getParameterCount() == sent.size())
                .findFirst()
                .orElseThrow();
        try {
            Object answer = method.invoke(api, sent.toArray());
            return "{\"status\": 200, \"body\": " + (answer == null ? "null" : Client.write(answer)) + "}";
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof ApiException fault && fault.getCode() > 0) {
                return "{\"status\": " + fault.getCode() + ", \"body\": null}";
            }
            throw e;
        }
    }
}
