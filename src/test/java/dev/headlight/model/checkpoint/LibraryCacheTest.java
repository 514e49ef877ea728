package dev.headlight.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryCacheTest {
    @TempDir
    Path cache;

    private Path folder(String name, Duration fileAge, Duration folderAge) throws IOException {
        Path folder = Files.createDirectory(cache.resolve(name));
        Path file = Files.writeString(folder.resolve("libtorch.so"), "half of it");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(fileAge)));
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minus(folderAge)));
        return folder;
    }

    @Test
    void whatAKilledUnpackingHasLeftIsDeleted() throws IOException {
        Path abandoned = folder("tmp123", Duration.ofHours(2), Duration.ofHours(2));
        LibraryCache.deleteAbandoned(cache);
        assertThat(abandoned).doesNotExist();
    }

    @Test
    void whatIsStillBeingUnpackedStays() throws IOException {
        Path running = folder("tmp123", Duration.ofMinutes(1), Duration.ofHours(2));
        LibraryCache.deleteAbandoned(cache);
        assertThat(running.resolve("libtorch.so")).exists();
    }

    @Test
    void librariesStayHoweverOldTheyAre() throws IOException {
        Path libraries = folder("2.7.1-cpu", Duration.ofDays(400), Duration.ofDays(400));
        LibraryCache.deleteAbandoned(cache);
        LibraryCache.deleteAbandoned(cache.resolve("not-there-yet"));
        assertThat(libraries.resolve("libtorch.so")).exists();
    }
}
