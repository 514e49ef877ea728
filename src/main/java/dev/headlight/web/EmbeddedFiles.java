package dev.headlight.web;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.util.FileSystemUtils;

/** Copies the embedded model to a temporary folder, because files in a jar cannot be mapped into memory. */
final class EmbeddedFiles {
    static final String LOCK = ".lock";
    private static final String PREFIX = "headlight-" + EngineConfiguration.EMBEDDED;
    private static final List<String> FILES =
            List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");

    // Closing any channel of a file gives up the process's lock on it, and so does the garbage collection of a channel.
    private static final Map<Path, FileChannel> HELD = new ConcurrentHashMap<>();

    private EmbeddedFiles() {}

    /**
     * Makes a copy, which is deleted when the process ends. Deletes the copies of processes that were killed.
     *
     * @param temporary the folder for temporary files
     */
    static Path unpack(Path temporary) throws IOException {
        deleteAbandoned(temporary);
        Path folder = Files.createTempDirectory(temporary, PREFIX);
        FileChannel lock =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        HELD.put(folder.toRealPath(), lock);
        lock.lock(); // the system holds it until the process ends, however it ends
        for (String file : FILES) {
            String resource = "/models/" + EngineConfiguration.EMBEDDED + "/" + file;
            try (InputStream in = EmbeddedFiles.class.getResourceAsStream(resource)) {
                Files.copy(in, folder.resolve(file));
            }
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> FileSystemUtils.deleteRecursively(folder.toFile())));
        return folder;
    }

    private static void deleteAbandoned(Path temporary) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(temporary, PREFIX + "*")) {
            for (Path folder : folders) {
                if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) && isAbandoned(folder)) {
                    FileSystemUtils.deleteRecursively(folder.toFile());
                }
            }
        }
    }

    /** A folder without a lock file may have been made just now. */
    private static boolean isAbandoned(Path folder) throws IOException {
        if (HELD.containsKey(folder.toRealPath())) {
            return false;
        }
        try (FileChannel lock =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            return lock.tryLock() != null;
        } catch (IOException e) {
            return false; // somebody else's
        }
    }
}
