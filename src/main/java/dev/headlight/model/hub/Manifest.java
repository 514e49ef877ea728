package dev.headlight.model.hub;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.headlight.model.hub.HubFile.Algorithm;
import dev.headlight.tensor.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The origin of a downloaded model, stored in its folder as {@code hub.json}.
 *
 * @param repo name of the repository, {@code owner/name}
 * @param revision the requested branch, tag or commit
 * @param commit the commit of the revision at that time, in full
 * @param files the verified files
 */
public record Manifest(String repo, String revision, String commit, List<HubFile> files) {
    static final String NAME = "hub.json";

    /** Reads the manifest of a folder; null if it is missing or cannot be read. */
    public static @Nullable Manifest read(Path folder) {
        try {
            JsonObject json = JsonParser.parseString(Files.readString(folder.resolve(NAME)))
                    .getAsJsonObject();
            List<HubFile> files = new ArrayList<>();
            for (JsonElement e : json.getAsJsonArray("files")) {
                files.add(file(e.getAsJsonObject()));
            }
            return new Manifest(
                    json.get("repo").getAsString(),
                    json.get("revision").getAsString(),
                    json.get("commit").getAsString(),
                    List.copyOf(files));
        } catch (IOException
                | JsonParseException
                | IllegalStateException
                | UnsupportedOperationException
                | ClassCastException
                | NullPointerException
                | NumberFormatException e) {
            return null;
        }
    }

    void write(Path folder) throws IOException {
        JsonArray list = new JsonArray();
        for (HubFile file : files) {
            list.add(entry(file));
        }
        JsonObject json = new JsonObject();
        json.addProperty("repo", repo);
        json.addProperty("revision", revision);
        json.addProperty("commit", commit);
        json.add("files", list);
        Files.writeString(
                folder.resolve(NAME),
                new GsonBuilder().setPrettyPrinting().create().toJson(json),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE,
                StandardOpenOption.SYNC);
    }

    private static JsonObject entry(HubFile file) {
        JsonObject entry = new JsonObject();
        entry.addProperty("name", file.name());
        entry.addProperty("size", file.size());
        entry.addProperty(key(file.algorithm()), file.hash());
        return entry;
    }

    private static HubFile file(JsonObject entry) {
        Algorithm algorithm = entry.has(key(Algorithm.SHA256)) ? Algorithm.SHA256 : Algorithm.GIT_SHA1;
        return new HubFile(
                entry.get("name").getAsString(),
                entry.get("size").getAsLong(),
                algorithm,
                entry.get(key(algorithm)).getAsString());
    }

    private static String key(Algorithm algorithm) {
        return Wire.name(algorithm);
    }

    /** Whether this is the wanted repository and revision. */
    boolean is(Repository wanted) {
        return repo.equals(wanted.path()) && (revision.equals(wanted.revision()) || commit.equals(wanted.revision()));
    }

    long bytes() {
        return files.stream().mapToLong(HubFile::size).sum();
    }
}
