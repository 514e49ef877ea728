package dev.headlight.model.checkpoint;

import ai.djl.ndarray.NDManager;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.NativeArrays;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.hook.Capture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Loads broken checkpoints in a process of its own, which {@link LoaderFuzzTest} starts, and computes and encodes a little
 * with those that load. Ends with 0 where each was loaded, or refused with a message that names a file, a weight or a key.
 */
public final class LoaderFuzz {
    /** A line of the output begins so. */
    static final String TRIED = "Fuzzed loaders: ";

    private static final long MOST_NANOS = 10_000_000_000L; // of one try
    private static final long MOST_RESIDENT = 1_500_000; // KiB, ever
    private static final Pattern NAMED = Pattern.compile("(config|tokenizer|tokenizer_config|index)\\.json"
            + "|\\.safetensors: |weight |weights that the architecture|^activation |^model_type |^quantised weights");
    private static final String TEXT = "When Mary and John 😀\u0000 naïve 12345\n";

    private final long seed;
    private final Path work;
    private final List<Path> checkpoints;
    private int loaded;
    private int refused;
    private volatile long started = System.nanoTime();

    private LoaderFuzz(long seed, Path work, List<Path> checkpoints) {
        this.seed = seed;
        this.work = work;
        this.checkpoints = checkpoints;
    }

    /** @param args the seed, the first try, how many, a folder to write to, a folder of checkpoints */
    public static void main(String[] args) throws IOException {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
        try (Stream<Path> folders = Files.list(Path.of(args[4]))) {
            List<Path> checkpoints = folders.sorted().toList();
            LoaderFuzz fuzz = new LoaderFuzz(Long.parseLong(args[0]), Path.of(args[3]), checkpoints);
            fuzz.watch();
            fuzz.run(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        }
    }

    private void watch() {
        Thread watchdog = new Thread(() -> {
            while (System.nanoTime() - started < MOST_NANOS) {
                try {
                    Thread.sleep(100);
                } catch (InterruptedException e) {
                    return;
                }
            }
            fail("takes more than 10 s"
                    + trace(Thread.getAllStackTraces().entrySet().stream()
                            .filter(e -> e.getKey().getName().equals("main"))
                            .flatMap(e -> Stream.of(e.getValue()))));
        });
        watchdog.setDaemon(true);
        watchdog.start();
    }

    private void run(int first, int tries) throws IOException {
        for (int i = first; i < first + tries; i++) {
            Files.writeString(work.resolve("try"), String.valueOf(i)); // where the process dies, this is left
            started = System.nanoTime();
            one(i);
        }
        System.out.println(TRIED + "tried " + tries + ", loaded " + loaded + ", refused " + refused + " (seed " + seed
                + "), at most " + resident() / 1024 + " MiB");
        Runtime.getRuntime().halt(0); // does not wait for the hashes of models
    }

    private void one(int index) throws IOException {
        Random random = new Random(seed * 1_000_003 + index);
        Path original = checkpoints.get(random.nextInt(checkpoints.size()));
        Path folder = Files.createDirectory(work.resolve(String.valueOf(index)));
        List<Path> files;
        try (Stream<Path> all = Files.list(original)) {
            files = new ArrayList<>(all.sorted().toList());
        }
        Path broken = files.get(random.nextInt(files.size()));
        for (Path file : files) {
            if (!file.equals(broken)) {
                Files.createLink(folder.resolve(file.getFileName()), file);
            }
        }
        String name = broken.getFileName().toString();
        Files.write(folder.resolve(name), new Mutation(random).of(name, Files.readAllBytes(broken)));
        check(folder, random.nextBoolean() ? Fixture.TORCH : Fixture.HALF);
        for (Path file : files) {
            Files.delete(folder.resolve(file.getFileName()));
        }
        Files.delete(folder);
    }

    private void check(Path folder, Torch torch) throws IOException {
        long before = NativeArrays.count();
        try (HookedModel model = new Architectures().load("broken", new Checkpoint(folder), torch)) {
            loaded++;
            use(model);
        } catch (ModelRefused e) {
            refused++;
            if (!NAMED.matcher(e.getMessage()).find()) {
                fail("is refused without a name: " + e.getMessage());
            }
        } catch (RuntimeException | Error e) {
            fail("throws " + e + trace(Stream.of(e.getStackTrace())));
        }
        long left = NativeArrays.count() - before;
        if (left != 0) {
            fail("leaves " + left + " native arrays");
        }
        if (resident() > MOST_RESIDENT) {
            fail("needs " + resident() + " KiB");
        }
    }

    private static void use(HookedModel model) {
        Integer context = model.info().contextLength();
        int[] ids = IntStream.range(0, context == null ? 3 : Math.min(3, context))
                .map(i -> i % model.info().vocabSize())
                .toArray();
        try (NDManager scratch = model.newManager()) {
            model.forward(HookedModel.ids(scratch, List.of(ids)), new Capture(List.of()));
        }
        model.text().describe(ids);
        if (model.text().hasTokenizer()) {
            try {
                model.text().encode("input", TEXT, false, (count, exact) -> {});
                model.text().encode("input", "", true, (count, exact) -> {});
            } catch (BadSelection e) {
                // there is no token for what is unknown
            }
        }
    }

    private void fail(String how) {
        try {
            System.out.println("Try " + Files.readString(work.resolve("try")) + " " + how);
        } catch (IOException e) {
            System.out.println("A try " + how);
        }
        Runtime.getRuntime().halt(1);
    }

    private static String trace(Stream<StackTraceElement> stack) {
        StringBuilder text = new StringBuilder();
        stack.limit(20).forEach(s -> text.append("\n  ").append(s));
        return text.toString();
    }

    /** Most memory that this process ever held, in KiB; 0 where the system does not say. */
    private static long resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
