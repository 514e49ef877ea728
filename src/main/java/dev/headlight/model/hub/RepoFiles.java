package dev.headlight.model.hub;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.headlight.model.hub.HubFile.Algorithm;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The files of a repository at one commit, as the hub lists them. */
final class RepoFiles {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    // Files in folders, and names that leave the folder, are never needed.
    private static final Pattern PLAIN = Pattern.compile("\\w[\\w.-]{0,199}");
    private static final long LARGEST = 1L << 44; // bytes of one file, so that the sum of all fits a long

    private final String commit;
    private final Map<String, JsonObject> files = new TreeMap<>();

    /**
     * Reads the answer of {@code /api/models/{repo}/revision/{revision}?blobs=true}.
     *
     * @throws DownloadFailed if the answer has another structure
     */
    RepoFiles(String json) throws DownloadFailed {
        try {
            JsonObject answer = JsonParser.parseString(json).getAsJsonObject();
            commit = answer.get("sha").getAsString();
            for (JsonElement e : answer.getAsJsonArray("siblings")) {
                JsonObject file = e.getAsJsonObject();
                String name = file.get("rfilename").getAsString();
                if (PLAIN.matcher(name).matches()) {
                    files.put(name, file);
                }
            }
        } catch (JsonParseException
                | IllegalStateException
                | UnsupportedOperationException
                | ClassCastException
                | NullPointerException
                | StackOverflowError e) {
            throw new DownloadFailed("the hub's list of files cannot be read");
        }
        if (!COMMIT.matcher(commit).matches()) {
            throw new DownloadFailed("the hub's list of files names no commit");
        }
    }

    String commit() {
        return commit;
    }

    /** The names of the files that are not in a folder. */
    Set<String> names() {
        return files.keySet();
    }

    /**
     * One file.
     *
     * @throws DownloadFailed if it does not exist, or if the list has no valid size and hash for it
     */
    HubFile file(String name) throws DownloadFailed {
        JsonObject file = files.get(name);
        if (file == null) {
            throw new DownloadFailed("the repository has no " + name);
        }
        try {
            boolean large = file.has("lfs") && file.get("lfs").isJsonObject();
            Algorithm algorithm = large ? Algorithm.SHA256 : Algorithm.GIT_SHA1;
            JsonObject lfs = large ? file.getAsJsonObject("lfs") : file;
            String hash = lfs.get(large ? "sha256" : "blobId").getAsString();
            long size = lfs.get("size").getAsBigDecimal().longValueExact();
            if (size >= 0 && size <= LARGEST && hash.matches("[0-9a-f]{" + algorithm.digits + "}")) {
                return new HubFile(name, size, algorithm, hash);
            }
        } catch (IllegalStateException
                | UnsupportedOperationException
                | ClassCastException
                | NullPointerException
                | ArithmeticException
                | NumberFormatException e) {
            // refused below
        }
        throw new DownloadFailed("the hub lists " + name + " without a size and a checksum");
    }
}
