package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.MmapPolicy;
import dev.headlight.model.checkpoint.Precision;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A model's folder with what PyTorch computed with it: a fixture of the repository, or a folder below the one that the
 * system property {@code headlight.goldens} names, whose {@code golden.json} lists its tensors instead.
 */
public final class Fixture {
    /** One a JVM, as in the service. */
    public static final Torch TORCH = new Torch("cpu", 1, Precision.AUTO, MmapPolicy.ALWAYS, true);

    /** The same, with models that compute in float16. */
    public static final Torch HALF = new Torch("cpu", 1, Precision.FLOAT16, MmapPolicy.ALWAYS, true);

    private static final String OLDER_SPELLING = "config_v4.json";
    private static final Map<Path, Fixture> OPEN = new ConcurrentHashMap<>();

    private final Path folder;
    private final JsonObject golden;
    private final Map<String, Reference> tensors;
    private final HookedModel model;

    private Fixture(Path folder, Torch torch) {
        this.folder = folder;
        this.golden = json(folder.resolve("golden.json"));
        this.tensors = Reference.readAll(folder.resolve("golden.safetensors"));
        if (isListed()) {
            readNames();
        }
        this.model = new Architectures().load(name(), new Checkpoint(folder), torch);
    }

    /** The same, but with a model of its own, on other settings; closed by the caller. */
    public Fixture on(Torch torch) {
        return new Fixture(folder, torch);
    }

    public Path folder() {
        return folder;
    }

    /** One of the repository's. */
    public static Fixture of(String name) {
        return open(resource("/fixtures/" + name));
    }

    /** The repository's own; a new folder is tested without a line of code. */
    public static List<Fixture> own() {
        return below(resource("/fixtures"));
    }

    /** The repository's own, and all of {@code headlight.goldens} whose architecture is implemented. */
    public static List<Fixture> all() {
        List<Fixture> all = new ArrayList<>(own());
        String more = System.getProperty("headlight.goldens");
        if (more != null) {
            all.addAll(below(Path.of(more)));
        }
        return all;
    }

    public static Path resource(String name) {
        try {
            return Path.of(Fixture.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Copies one of the repository's models, to be broken. */
    public static void copy(String name, Path to) throws IOException {
        copy(resource("/fixtures/" + name), to, "golden");
    }

    private static void copy(Path from, Path to, String without) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                if (!file.getFileName().toString().startsWith(without)) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
    }

    /** Whether there is the configuration as Transformers 4 spelled it, too. */
    public boolean hasOlderSpelling() {
        return Files.exists(folder.resolve(OLDER_SPELLING));
    }

    /** Another copy of the model, loaded with that configuration; the caller closes its model. */
    public Fixture inOlderSpelling(Path to) throws IOException {
        copy(folder, to, "config");
        Files.copy(folder.resolve(OLDER_SPELLING), to.resolve("config.json"));
        return new Fixture(to, TORCH);
    }

    private static List<Fixture> below(Path parent) {
        try (Stream<Path> folders = Files.list(parent)) {
            return folders.filter(f -> Files.exists(f.resolve("golden.json")) && isImplemented(f))
                    .sorted()
                    .map(Fixture::open)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isImplemented(Path folder) {
        try {
            new Architectures().info(new Checkpoint(folder).config());
            return true;
        } catch (ModelRefused e) {
            if (e.getMessage().startsWith("model_type ")) {
                return false;
            }
            throw e;
        }
    }

    private static Fixture open(Path folder) {
        return OPEN.computeIfAbsent(folder, f -> new Fixture(f, TORCH));
    }

    private static JsonObject json(Path file) {
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Equal tensors are stored once, under one of their names. */
    private void readNames() {
        for (JsonElement e : golden.getAsJsonArray("tensors")) {
            JsonObject entry = e.getAsJsonObject();
            if (entry.has("stored_as")) {
                Reference stored = tensors.get(entry.get("stored_as").getAsString());
                String name = entry.get("name").getAsString();
                tensors.put(name, new Reference(name, stored.shape(), stored.values()));
            }
        }
    }

    /** Whether this is one of {@code headlight.goldens}. */
    public boolean isListed() {
        return golden.has("tensors");
    }

    public String name() {
        return folder.getFileName().toString();
    }

    public JsonObject golden() {
        return golden;
    }

    /** How many hook points of a prompt a fixture has tensors of; a variant of a family has few. */
    public int held(String prompt) {
        return (int) golden.getAsJsonArray("hooks").asList().stream()
                .filter(name -> has(prompt + "/" + name.getAsString()))
                .count();
    }

    public HookedModel model() {
        return model;
    }

    public boolean has(String tensor) {
        return tensors.containsKey(tensor);
    }

    public Collection<String> tensorNames() {
        return tensors.keySet();
    }

    /** Without the batch axis where it is 1. */
    public Reference tensor(String name) {
        return batch(name).squeezed();
    }

    public Reference batch(String name) {
        return tensors.get(name);
    }

    /** Token ids of the prompts {@code a}, {@code b} (shorter) and perhaps {@code clean} ({@code a}, two tokens changed). */
    public Map<String, int[]> prompts() {
        Map<String, int[]> prompts = new LinkedHashMap<>();
        for (String name : List.of("a", "b", "clean")) {
            if (isListed() && has(name + "/input_ids")) {
                prompts.put(name, tensor(name + "/input_ids").ints());
            } else if (!isListed()) {
                prompts.put(name, ids(golden.getAsJsonObject("prompts").get(name)));
            }
        }
        return prompts;
    }

    public static int[] ids(JsonElement json) {
        return json.getAsJsonArray().asList().stream()
                .mapToInt(JsonElement::getAsInt)
                .toArray();
    }

    /** Every hook point of the model. */
    public List<HookName> hooks() {
        return model.hookPoints().every();
    }

    /** What one row of a batch held at a hook point. */
    public record Value(long[] shape, float[] values) {}

    /** Every hook point of each row, of one forward pass; rows of one length. */
    public List<Map<HookName, Value>> run(List<int[]> rows) {
        Capture capture = new Capture(hooks());
        try (NDManager manager = model.newManager()) {
            model.forward(HookedModel.ids(manager, rows), capture);
            List<Map<HookName, Value>> all = new ArrayList<>();
            for (int row = 0; row < rows.size(); row++) {
                Map<HookName, Value> one = new HashMap<>();
                for (HookName hook : hooks()) {
                    NDArray value = capture.value(hook).get(row);
                    one.put(hook, new Value(value.getShape().getShape(), value.toFloatArray()));
                }
                all.add(one);
            }
            return all;
        }
    }

    @Override
    public String toString() {
        return name() + (isListed() ? " (goldens)" : "");
    }
}
