package dev.headlight.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.model.Fixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Broken checkpoints are loaded or refused, and never anything else. {@code -Dheadlight.fuzz.tries=100000} tries more and
 * {@code -Dheadlight.fuzz.seed=2} others; {@code -Dheadlight.fuzz.first=} begins with the one that failed.
 */
class LoaderFuzzTest {
    private static final Set<String> READ = Set.of("config.json", "tokenizer.json", "tokenizer_config.json");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS) // so that what broke something can be looked at
    private Path folder;

    @Test
    void brokenCheckpointsAreLoadedOrRefusedAndNeverAnythingElse() throws Exception {
        Path work = Files.createDirectory(folder.resolve("work"));
        Path checkpoints = Files.createDirectory(folder.resolve("checkpoints"));
        collect(checkpoints);
        Process process = start(work, checkpoints);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("status at try " + Files.readString(work.resolve("try")) + " in " + work + "\n" + output)
                .isZero();
        String line = output.lines()
                .filter(l -> l.startsWith(LoaderFuzz.TRIED))
                .findFirst()
                .orElseThrow();
        System.out.println(line);
        Files.writeString(Path.of("target", "fuzz.txt"), line + "\n"); // for the gate's last lines
    }

    private Process start(Path work, Path checkpoints) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=" + folder.resolve("hs_err"),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        LoaderFuzz.class.getName(),
                        System.getProperty("headlight.fuzz.seed", "1"),
                        System.getProperty("headlight.fuzz.first", "0"),
                        System.getProperty("headlight.fuzz.tries", "5000"),
                        work.toString(),
                        checkpoints.toString())
                .redirectErrorStream(true)
                .start();
    }

    /** Every fixture's model, and every fixture's tokenizer beside a model. */
    private static void collect(Path to) throws IOException {
        for (Fixture fixture : Fixture.own()) {
            copy(fixture.folder(), Files.createDirectory(to.resolve(fixture.name())));
        }
        try (Stream<Path> tokenizers = Files.list(Fixture.resource("/fixtures/tokenizer"))) {
            for (Path tokenizer : tokenizers.filter(Files::isDirectory).toList()) {
                Path own = Files.createDirectory(to.resolve("tokenizer_" + tokenizer.getFileName()));
                copy(Fixture.of("gpt2").folder(), own);
                copy(tokenizer, own);
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (READ.contains(name) || name.startsWith("model")) {
                    Files.copy(file, to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }
}
