package dev.headlight.model.hub;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** HTTP requests to the hub. Follows redirects without sending the token to other servers, and explains statuses. */
final class HubConnection {
    private static final int MAX_REDIRECTS = 5;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final URI endpoint;
    private final @Nullable String token;
    private final Duration timeout;
    private final HttpClient client;
    private final boolean isInternal; // as a mirror within an organisation

    HubConnection(URI endpoint, @Nullable String token, Duration timeout) {
        this.endpoint = endpoint;
        this.token = token;
        this.timeout = timeout;
        this.isInternal = InternalAddress.has(endpoint.getHost());
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /**
     * The answer after all redirects. The caller closes its body.
     *
     * @param from offset of the first wanted byte
     */
    HttpResponse<ResponseChunks> get(URI first, long from) throws Unreachable, DownloadFailed, InterruptedException {
        URI uri = first;
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            HttpResponse<ResponseChunks> answer = send(request(uri, from));
            if (!REDIRECTS.contains(answer.statusCode())) {
                return answer;
            }
            answer.body().close();
            uri = target(uri, answer.headers().firstValue("Location"));
        }
        throw new DownloadFailed("the hub redirects more than " + MAX_REDIRECTS + " times");
    }

    private HttpRequest request(URI uri, long from) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .header("User-Agent", "headlight")
                .header("Accept-Encoding", "identity"); // so that ranges and sizes count bytes of the file
        if (token != null && isAtEndpoint(uri)) {
            request.header("Authorization", "Bearer " + token);
        }
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        return request.build();
    }

    /**
     * Resolves the target of a redirect.
     *
     * @throws DownloadFailed if it is not a valid address, if it goes from HTTPS to HTTP, or if it goes from a hub outside to
     *     an address inside
     */
    private URI target(URI from, Optional<String> location) throws DownloadFailed {
        try {
            URI to = from.resolve(location.orElse("::"));
            boolean safe = "https".equals(to.getScheme()) || from.getScheme().equals(to.getScheme());
            if (safe && to.getHost() != null && (isInternal || !InternalAddress.has(to.getHost()))) {
                return to;
            }
        } catch (IllegalArgumentException e) {
            // refused below, without the address: it may hold a signature
        }
        throw new DownloadFailed("the hub redirects to an address that is invalid or not as safe");
    }

    private boolean isAtEndpoint(URI uri) {
        return endpoint.getScheme().equals(uri.getScheme())
                && endpoint.getHost().equalsIgnoreCase(uri.getHost())
                && port(endpoint) == port(uri);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
    }

    private HttpResponse<ResponseChunks> send(HttpRequest request) throws Unreachable, InterruptedException {
        CompletableFuture<HttpResponse<ResponseChunks>> answer =
                client.sendAsync(request, head -> new ResponseChunks(timeout));
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            abandon(answer);
            throw new Unreachable("no answer from the hub for " + timeout.toMillis() + " ms");
        } catch (InterruptedException e) {
            abandon(answer);
            throw e;
        } catch (ExecutionException e) {
            throw broken(e.getCause());
        }
    }

    private static void abandon(CompletableFuture<HttpResponse<ResponseChunks>> answer) {
        if (!answer.cancel(true) && !answer.isCompletedExceptionally()) { // the answer has just arrived
            answer.join().body().close();
        }
    }

    /** Describes a network failure, without addresses. */
    static Unreachable broken(@Nullable Throwable cause) {
        if (cause instanceof Unreachable known) {
            return known;
        }
        if (cause instanceof ConnectException) {
            return new Unreachable("cannot connect to the hub");
        }
        String detail = cause == null || cause.getMessage() == null ? "" : " (" + cause.getMessage() + ")";
        return new Unreachable(
                (cause instanceof SSLException ? "TLS with the hub failed" : "the connection to the hub broke")
                        + detail);
    }

    /**
     * Checks that an answer has content.
     *
     * @param what description of the requested content, for messages
     * @throws Unreachable for a status that may be temporary
     * @throws DownloadFailed for any other status
     */
    void requireContent(HttpResponse<?> answer, String what) throws Unreachable, DownloadFailed {
        int status = answer.statusCode();
        if (status == 200 || status == 206) {
            return;
        }
        if (status == 408 || status == 429 || status >= 500) {
            throw new Unreachable("the hub answers " + status, retryAfter(answer));
        }
        if (!isAtEndpoint(answer.request().uri())) { // the signature may have expired: the hub makes a new one
            throw new Unreachable("the server that the hub redirects to answers " + status);
        }
        throw new DownloadFailed("the hub answers " + status + " for " + what + meaning(answer));
    }

    /** Explains a status, with the help of the header in which the hub details it. */
    private String meaning(HttpResponse<?> answer) {
        String code = answer.headers().firstValue("X-Error-Code").orElse("").toLowerCase(Locale.ROOT);
        String access = token == null
                ? "needs a token that has access to it, in the environment variable HF_TOKEN"
                : "the token in the environment variable HF_TOKEN has no access to it";
        return switch (answer.statusCode()) {
            case 401 -> ": there is no such repository, or it is private or gated, and " + access;
            case 403 -> ": it is gated or private, and " + access + "; request access on the model's page";
            case 404, 410 ->
                switch (code) {
                    case "revisionnotfound" -> ": there is no such revision";
                    case "entrynotfound" -> ": there is no such file";
                    default -> ": there is no such repository or revision";
                };
            default -> "";
        };
    }

    private static @Nullable Duration retryAfter(HttpResponse<?> answer) {
        try {
            return answer.headers()
                    .firstValue("Retry-After")
                    .map(seconds -> Duration.ofSeconds(Math.max(0, Integer.parseInt(seconds.trim()))))
                    .orElse(null);
        } catch (NumberFormatException e) {
            return null; // it is a date
        }
    }
}
