package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every start has a copy of the embedded model for itself; those of services that were killed do not pile up. */
class EmbeddedFilesTest {
    @TempDir
    Path temporary;

    private Path copy(String name, boolean locked) throws IOException {
        Path folder = Files.createDirectory(temporary.resolve(name));
        Files.writeString(folder.resolve("model.safetensors"), "weights");
        if (locked) {
            Files.createFile(folder.resolve(EmbeddedFiles.LOCK));
        }
        return folder;
    }

    @Test
    void theCopyOfAKilledServiceIsDeletedByTheNextStart() throws IOException {
        Path abandoned = copy("headlight-micro123", true);
        Path folder = EmbeddedFiles.unpack(temporary);
        assertThat(abandoned).doesNotExist();
        assertThat(folder.resolve("model.safetensors")).isNotEmptyFile();
    }

    @Test
    void theCopyOfARunningServiceStays() throws IOException {
        Path first = EmbeddedFiles.unpack(temporary);
        Path second = EmbeddedFiles.unpack(temporary);
        assertThat(second).isNotEqualTo(first);
        assertThat(first.resolve("model.safetensors")).isNotEmptyFile();
    }

    @Test
    void theCopiesOfARunningProcessStayWhenAnotherStarts() throws Exception {
        Path first = EmbeddedFiles.unpack(temporary);
        Path second = EmbeddedFiles.unpack(temporary);
        System.gc(); // closes channels that nobody refers to
        Thread.sleep(200);
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = System.getProperty("java.class.path");
        Process other = new ProcessBuilder(java, "-cp", classes, OtherStart.class.getName(), temporary.toString())
                .inheritIO()
                .start();
        assertThat(other.waitFor()).isZero();
        assertThat(first.resolve("model.safetensors")).isNotEmptyFile();
        assertThat(second.resolve("model.safetensors")).isNotEmptyFile();
    }

    /** Another service on the same machine, as far as the embedded model is concerned. */
    static final class OtherStart {
        public static void main(String[] args) throws IOException {
            EmbeddedFiles.unpack(Path.of(args[0]));
        }
    }

    @Test
    void whatIsJustBeingMadeOrNotACopyStays() throws IOException {
        Path beingMade = copy("headlight-micro1", false);
        Path others = copy("headlights", true);
        Path outside = Files.createSymbolicLink(temporary.resolve("headlight-micro2"), others);
        EmbeddedFiles.unpack(temporary);
        assertThat(beingMade.resolve("model.safetensors")).exists();
        assertThat(others.resolve("model.safetensors")).exists();
        assertThat(outside).isSymbolicLink();
    }
}
