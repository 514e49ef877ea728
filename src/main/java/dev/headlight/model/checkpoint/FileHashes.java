package dev.headlight.model.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** SHA-256 hashes of files, computed in the background, once per version of a file (size and time of change). */
public final class FileHashes implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FileHashes.class);

    private record Version(Path file, long size, FileTime changed) {}

    private final Map<Version, Future<@Nullable String>> hashes = new ConcurrentHashMap<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread t = new Thread(task, "hashes");
        t.setDaemon(true);
        return t;
    });

    /** The hash in hexadecimal. The first call starts the computation; null until it has ended, or if it failed. */
    @Nullable
    public String sha256(Path file) {
        try {
            Version version = new Version(file, Files.size(file), Files.getLastModifiedTime(file));
            Future<@Nullable String> hash = hashes.computeIfAbsent(version, s -> thread.submit(() -> read(file)));
            return hash.isDone() ? hash.get() : null;
        } catch (IOException | ExecutionException e) {
            return null; // the file no longer exists
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private static @Nullable String read(Path file) {
        try {
            return sha256(List.of(file));
        } catch (IOException e) {
            log.warn("Cannot compute the hash of {}", file.getFileName(), e);
            return null;
        }
    }

    /**
     * Hashes several files as one stream.
     *
     * @return in hexadecimal
     */
    static String sha256(List<Path> files) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] piece = new byte[1 << 16];
            for (Path file : files) {
                try (InputStream in = Files.newInputStream(file)) {
                    for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                        digest.update(piece, 0, n);
                    }
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
