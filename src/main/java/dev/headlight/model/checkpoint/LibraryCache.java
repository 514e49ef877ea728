package dev.headlight.model.checkpoint;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder in which DJL keeps the native libraries that it has unpacked. It unpacks them to {@code tmp*} there, and renames
 * that: a process that is killed meanwhile leaves up to 450 MB.
 */
final class LibraryCache {
    private static final Logger log = LoggerFactory.getLogger(LibraryCache.class);
    private static final Duration ABANDONED = Duration.ofHours(1); // without a write; unpacking takes seconds

    private LibraryCache() {}

    /** Deletes what killed processes have left. */
    static void deleteAbandoned(Path cache) {
        if (!Files.isDirectory(cache)) {
            return;
        }
        Instant since = Instant.now().minus(ABANDONED);
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(cache, "tmp*")) {
            for (Path folder : folders) {
                List<Path> all = Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) ? contents(folder) : List.of();
                if (!all.isEmpty() && !isWritten(all, since)) {
                    for (Path path : all) {
                        Files.delete(path);
                    }
                }
            }
        } catch (IOException e) {
            log.warn("Cannot delete what an unpacking that was killed has left in {}", cache, e);
        }
    }

    /** The folder and everything in it, a folder after its contents. */
    private static List<Path> contents(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> contents = new ArrayList<>(all.toList());
            contents.sort(Comparator.reverseOrder());
            return contents;
        }
    }

    private static boolean isWritten(List<Path> paths, Instant since) throws IOException {
        for (Path path : paths) {
            if (Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .isAfter(since)) {
                return true;
            }
        }
        return false;
    }
}
