package dev.headlight.model.hub;

import dev.headlight.model.BadSetting;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The Hugging Face hub, or a server that speaks the part of its API that is used here: the list of a repository's files,
 * and each file.
 */
public final class Hub {
    private static final int MAX_LISTING_BYTES = 16 << 20;
    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-\\d+/(?:\\d+|\\*)");
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]+");

    private final URI endpoint;
    private final HubConnection connection;
    private final Patience patience;

    /**
     * @param endpoint such as {@code https://huggingface.co}
     * @param token for private and gated repositories; sent to the endpoint and nowhere else, and never shown
     * @throws BadSetting for an endpoint or a token that cannot be one
     */
    public Hub(String endpoint, @Nullable String token, Patience patience) {
        this.endpoint = endpoint(endpoint);
        if (token != null && !TOKEN.matcher(token).matches()) {
            throw new BadSetting("HF_TOKEN", "holds characters that no token has");
        }
        this.patience = patience;
        this.connection = new HubConnection(this.endpoint, token, patience.timeout());
    }

    private static URI endpoint(String endpoint) {
        try {
            URI uri = URI.create(endpoint.replaceAll("/+$", ""));
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (web && uri.getHost() != null && uri.getRawQuery() == null && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new BadSetting("headlight.hub.endpoint", "must be an address such as https://huggingface.co");
    }

    Patience patience() {
        return patience;
    }

    /**
     * The files of a repository.
     *
     * @throws Unreachable if another attempt may do better
     */
    Listing list(Repository repo) throws Unreachable, DownloadFailed, InterruptedException {
        String revision = URLEncoder.encode(repo.revision(), StandardCharsets.UTF_8);
        URI uri = URI.create(endpoint + "/api/models/" + repo.path() + "/revision/" + revision + "?blobs=true");
        HttpResponse<Pieces> answer = connection.get(uri, 0);
        try (Pieces body = answer.body()) {
            connection.requireContent(answer, repo.path() + " at revision " + repo.revision());
            return new Listing(body.text(MAX_LISTING_BYTES));
        }
    }

    /**
     * A file's content on its way.
     *
     * @param start which byte of the file comes first
     */
    record Content(Pieces pieces, long start) {}

    /**
     * A file from some byte on, or from an earlier one where the server knows no ranges.
     *
     * <p>There is no {@code If-Range}: the address is that of a commit, whose content never changes, and the entity tags
     * of the hub and of the servers it redirects to differ.
     *
     * @throws Unreachable if another attempt may do better
     */
    Content open(Repository repo, String commit, String file, long from)
            throws Unreachable, DownloadFailed, InterruptedException {
        URI uri = URI.create(endpoint + "/" + repo.path() + "/resolve/" + commit + "/" + file);
        HttpResponse<Pieces> answer = connection.get(uri, from);
        try {
            if (answer.statusCode() == 416) { // not of the file that was listed, or no ranges of this one
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
            throw new Unreachable("the hub answered with another part of the file than was asked for");
        }
        return Long.parseLong(range.group(1));
    }
}
