package dev.headlight.model.hub;

import dev.headlight.model.fault.BadSetting;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The Hugging Face hub, or a server with the same API for two requests: the list of a repository's files, and one file.
 *
 * @see <a href="https://huggingface.co/docs/hub/api">Hugging Face, Hub API</a>
 */
public final class Hub {
    private static final int MAX_LISTING_BYTES = 16 << 20;
    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-\\d+/(?:\\d+|\\*)");
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]+");

    private final URI endpoint;
    private final HubConnection connection;
    private final RetryPolicy retryPolicy;

    /**
     * Makes a client without connecting.
     *
     * @param endpoint such as {@code https://huggingface.co}
     * @param token for private and gated repositories; sent only to the endpoint and never shown; null for none
     * @param retryPolicy timeout and retries
     * @throws BadSetting if the endpoint is not an HTTP address, or if the token has illegal characters
     */
    public Hub(String endpoint, @Nullable String token, RetryPolicy retryPolicy) {
        this.endpoint = endpoint(endpoint);
        if (token != null && !TOKEN.matcher(token).matches()) {
            throw new BadSetting("HF_TOKEN", "has characters that are not allowed in a token");
        }
        this.retryPolicy = retryPolicy;
        this.connection = new HubConnection(this.endpoint, token, retryPolicy.timeout());
    }

    private static URI endpoint(String endpoint) {
        try {
            URI uri = URI.create(endpoint.replaceAll("/+$", ""));
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (web && uri.getHost() != null && uri.getRawQuery() == null && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // refused below
        }
        throw new BadSetting("headlight.hub.endpoint", "must be an address such as https://huggingface.co");
    }

    RetryPolicy retryPolicy() {
        return retryPolicy;
    }

    /**
     * Lists the files of a repository.
     *
     * @throws Unreachable if another attempt may succeed
     */
    RepoFiles list(Repository repo) throws Unreachable, DownloadFailed, InterruptedException {
        String revision = URLEncoder.encode(repo.revision(), StandardCharsets.UTF_8);
        URI uri = URI.create(endpoint + "/api/models/" + repo.path() + "/revision/" + revision + "?blobs=true");
        HttpResponse<ResponseChunks> answer = connection.get(uri, 0);
        try (ResponseChunks body = answer.body()) {
            connection.requireContent(answer, repo.path() + " at revision " + repo.revision());
            return new RepoFiles(body.text(MAX_LISTING_BYTES));
        }
    }

    /**
     * The content of a file as it arrives.
     *
     * @param start offset of the first byte in the file
     */
    record Content(ResponseChunks pieces, long start) {}

    /**
     * Opens a file at an offset, or at an earlier one if the server does not support ranges.
     *
     * <p>Sends no {@code If-Range}: the address names a commit, whose content never changes, and the entity tags of the
     * hub differ from those of the servers that it redirects to.
     *
     * @param from offset in bytes
     * @throws Unreachable if another attempt may succeed
     */
    Content open(Repository repo, String commit, String file, long from)
            throws Unreachable, DownloadFailed, InterruptedException {
        URI uri = URI.create(endpoint + "/" + repo.path() + "/resolve/" + commit + "/" + file);
        HttpResponse<ResponseChunks> answer = connection.get(uri, from);
        try {
            if (answer.statusCode() == 416) { // the server has another file, or no ranges of this one
                answer.body().close();
                answer = connection.get(uri, 0);
            }
            connection.requireContent(answer, file + " of " + repo.path() + " at commit " + commit);
            return new Content(answer.body(), answer.statusCode() == 206 ? start(answer, from) : 0);
        } catch (Unreachable | DownloadFailed e) {
            answer.body().close();
            throw e;
        }
    }

    private static long start(HttpResponse<?> answer, long from) throws Unreachable {
        Matcher range =
                RANGE.matcher(answer.headers().firstValue("Content-Range").orElse(""));
        if (!range.matches() || Long.parseLong(range.group(1)) > from) {
            throw new Unreachable("the hub answered with another part of the file than requested");
        }
        return Long.parseLong(range.group(1));
    }
}
