package dev.headlight.model.hub;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * A server that answers like the Hugging Face hub, with faults to be switched on: the list of a repository's files, small
 * files by way of a redirect on itself, large ones by way of one to a second server. Hugging Face's own client
 * downloads from it, too.
 */
public final class LocalHub implements AutoCloseable {
    private static final String LARGE = ".*\\.safetensors|tokenizer\\.json|.*\\.bin";

    /** A request that came. */
    public record Seen(boolean atCdn, String path, String authorization, String range) {}

    /** What answers for a file in place of the server. */
    public interface Fault {
        /** @return whether it has answered */
        boolean answers(HttpExchange exchange, String file, byte[] content, long from) throws IOException;
    }

    private record Repo(String commit, Map<String, byte[]> files) {}

    private final Map<String, Repo> repos = new ConcurrentHashMap<>();
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer hub;
    private final HttpServer cdn;
    private volatile Fault fault = (exchange, file, content, from) -> false;
    private volatile Fault listingFault = (exchange, file, content, from) -> false;
    private volatile boolean ranges = true;
    private volatile String token = "";

    public LocalHub() {
        this(0);
    }

    private LocalHub(int port) {
        hub = server(port, this::atHub);
        cdn = server(0, this::atCdn);
    }

    private HttpServer server(int port, com.sun.net.httpserver.HttpHandler handler) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            server.createContext("/", exchange -> {
                try (exchange) {
                    handler.handle(exchange);
                }
            });
            server.setExecutor(threads);
            server.start();
            return server;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public String endpoint() {
        return url(hub);
    }

    private static String url(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** A repository with the files of a folder, except those that begin with {@code golden}; at one commit, its {@code main}. */
    public LocalHub with(String repo, Path folder) {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                String name = path.getFileName().toString();
                if (!name.startsWith("golden")) {
                    files.put(name, Files.readAllBytes(path));
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return with(repo, files);
    }

    public LocalHub with(String repo, Map<String, byte[]> files) {
        String commit = hex("SHA-1", files.keySet().toString().getBytes(StandardCharsets.UTF_8));
        repos.put(repo, new Repo(commit, new TreeMap<>(files)));
        return this;
    }

    public String commit(String repo) {
        return repos.get(repo).commit;
    }

    public byte[] file(String repo, String name) {
        return repos.get(repo).files.get(name);
    }

    /** Answers the requests for files. */
    public void fault(Fault fault) {
        this.fault = fault;
    }

    /** Answers the requests for lists of files. */
    public void listingFault(Fault fault) {
        this.listingFault = fault;
    }

    public void ignoreRanges() {
        ranges = false;
    }

    /** Lets in only who has this token. */
    public void require(String token) {
        this.token = token;
    }

    public List<Seen> seen() {
        return seen;
    }

    /** How often a file was asked for where it lies. */
    public long asked(String file) {
        return seen.stream()
                .filter(s -> s.path.matches("/(cdn|api/resolve-cache)/.*/" + file))
                .count();
    }

    private void note(HttpExchange e) {
        seen.add(new Seen(
                e.getHttpContext().getServer() == cdn,
                e.getRequestURI().getRawPath(),
                String.valueOf(e.getRequestHeaders().getFirst("Authorization")),
                String.valueOf(e.getRequestHeaders().getFirst("Range"))));
    }

    private void atHub(HttpExchange e) throws IOException {
        note(e);
        if (!token.isEmpty()
                && !("Bearer " + token).equals(e.getRequestHeaders().getFirst("Authorization"))) {
            refuse(e, 401, "RepoNotFound");
            return;
        }
        String[] path = e.getRequestURI().getRawPath().substring(1).split("/");
        if (path.length == 6 && path[0].equals("api") && path[1].equals("models")) {
            list(e, path[2] + "/" + path[3], path[5].replace("%2F", "/"));
        } else if (path.length == 6 && path[0].equals("api") && path[1].equals("resolve-cache")) {
            send(e, path[2] + "/" + path[3], path[4], path[5]);
        } else if (path.length == 5 && path[2].equals("resolve")) {
            redirect(e, path[0] + "/" + path[1], path[3], path[4]);
        } else {
            refuse(e, 404, "RepoNotFound");
        }
    }

    private void list(HttpExchange e, String name, String revision) throws IOException {
        Repo repo = repos.get(name);
        if (listingFault.answers(e, "", new byte[0], 0)) {
            return;
        }
        if (repo == null || !(revision.equals("main") || revision.equals(repo.commit))) {
            refuse(e, 404, repo == null ? "RepoNotFound" : "RevisionNotFound");
            return;
        }
        JsonArray siblings = new JsonArray();
        repo.files.forEach((file, content) -> siblings.add(sibling(file, content)));
        JsonObject answer = new JsonObject();
        answer.addProperty("id", name);
        answer.addProperty("modelId", name);
        answer.addProperty("sha", repo.commit);
        answer.addProperty("private", false);
        answer.addProperty("gated", false);
        answer.add("tags", new JsonArray());
        answer.add("siblings", siblings);
        e.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
        answer(e, 200, answer.toString().getBytes(StandardCharsets.UTF_8));
    }

    public static JsonObject sibling(String file, byte[] content) {
        JsonObject sibling = new JsonObject();
        sibling.addProperty("rfilename", file);
        sibling.addProperty("size", content.length);
        sibling.addProperty("blobId", gitHash(content));
        if (file.matches(LARGE)) {
            JsonObject lfs = new JsonObject();
            lfs.addProperty("sha256", hex("SHA-256", content));
            lfs.addProperty("size", content.length);
            lfs.addProperty("pointerSize", 134);
            sibling.add("lfs", lfs);
            sibling.addProperty("blobId", gitHash("the pointer".getBytes(StandardCharsets.US_ASCII)));
        }
        return sibling;
    }

    static String gitHash(byte[] content) {
        byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(head, head.length + content.length);
        System.arraycopy(content, 0, all, head.length, content.length);
        return hex("SHA-1", all);
    }

    static String hex(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** With what Hugging Face's own client wants to know of a file. */
    private void redirect(HttpExchange e, String name, String commit, String file) throws IOException {
        Repo repo = repos.get(name);
        byte[] content = repo == null ? null : repo.files.get(file);
        if (content == null || !List.of("main", repo.commit).contains(commit)) {
            refuse(e, 404, content == null ? "EntryNotFound" : "RevisionNotFound");
            return;
        }
        boolean large = file.matches(LARGE);
        String rest = "/" + name + "/" + repo.commit + "/" + file;
        String etag = large ? hex("SHA-256", content) : gitHash(content);
        e.getResponseHeaders().set("X-Repo-Commit", repo.commit);
        e.getResponseHeaders().set("X-Linked-Size", String.valueOf(content.length));
        e.getResponseHeaders().set("X-Linked-Etag", '"' + etag + '"');
        e.getResponseHeaders().set("ETag", '"' + etag + '"');
        e.getResponseHeaders()
                .set("Location", large ? url(cdn) + "/cdn" + rest + "?Signature=secret" : "/api/resolve-cache" + rest);
        e.sendResponseHeaders(large ? 302 : 307, -1);
    }

    private void atCdn(HttpExchange e) throws IOException {
        note(e);
        String[] path = e.getRequestURI().getRawPath().substring(1).split("/");
        send(e, path[1] + "/" + path[2], path[3], path[4]);
    }

    private void send(HttpExchange e, String name, String commit, String file) throws IOException {
        byte[] content = repos.get(name).files.get(file);
        String asked = e.getRequestHeaders().getFirst("Range");
        long from = asked == null || !ranges ? 0 : Long.parseLong(asked.replaceAll("bytes=(\\d+)-", "$1"));
        e.getResponseHeaders().set("X-Repo-Commit", commit);
        e.getResponseHeaders()
                .set("ETag", '"' + (file.matches(LARGE) ? hex("SHA-256", content) : gitHash(content)) + '"');
        if (!fault.answers(e, file, content, from)) {
            send(e, content, from, content.length);
        }
    }

    /** Promises a file from some byte on, and sends it up to another; the connection breaks where that is not its end. */
    public static void send(HttpExchange e, byte[] content, long from, long to) throws IOException {
        if (from > 0) {
            e.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        boolean body = !e.getRequestMethod().equals("HEAD") && from < content.length;
        if (!body) {
            e.getResponseHeaders().set("Content-Length", String.valueOf(content.length - from));
        }
        e.sendResponseHeaders(from > 0 ? 206 : 200, body ? content.length - from : -1);
        if (body) {
            OutputStream out = e.getResponseBody();
            out.write(content, (int) from, (int) (to - from));
            out.flush();
        }
    }

    public static void answer(HttpExchange e, int status, byte[] body) throws IOException {
        e.sendResponseHeaders(status, body.length);
        e.getResponseBody().write(body);
    }

    private static void refuse(HttpExchange e, int status, String code) throws IOException {
        e.getResponseHeaders().set("X-Error-Code", code);
        e.sendResponseHeaders(status, -1);
    }

    @Override
    public void close() {
        hub.stop(0);
        cdn.stop(0);
        threads.shutdownNow();
    }

    /** Serves checkpoint folders to people: the port, then {@code owner/name=folder} as often as wanted. */
    public static void main(String[] args) {
        LocalHub hub = new LocalHub(Integer.parseInt(args[0]));
        for (int i = 1; i < args.length; i++) {
            String[] repo = args[i].split("=", 2);
            hub.with(repo[0], Path.of(repo[1]));
        }
        System.out.println(hub.endpoint());
    }
}
