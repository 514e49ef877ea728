package dev.headlight.model.hub;

import dev.headlight.model.hub.DownloadStatus.Progress;
import dev.headlight.model.hub.DownloadStatus.State;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder {@code .downloads/owner--name} in the models folder, which holds the files of a model until it is complete
 * and is moved to its final destination. A lock keeps other services on the same models folder out. The files stay
 * after a failure and after the service ends, so that the next attempt resumes.
 */
final class Staging implements Closeable {
    private static final String ALL = ".downloads";

    private final Path folder;
    private final Path destination;
    private final FileChannel lock;

    private Staging(Path folder, Path destination, FileChannel lock) {
        this.folder = folder;
        this.destination = destination;
        this.lock = lock;
    }

    private static Path folder(Path models, String id) {
        return models.resolve(ALL).resolve(id);
    }

    /**
     * Creates the folder if necessary, and locks it.
     *
     * @throws DownloadFailed if another service holds the lock, or if a symbolic link is in the way
     */
    static Staging open(Path models, String id) throws IOException, DownloadFailed {
        Path folder = folder(models, id);
        if (Files.isSymbolicLink(models.resolve(ALL)) || Files.isSymbolicLink(folder)) {
            throw new DownloadFailed(ALL + " in the models folder is or holds a symbolic link, which is not followed");
        }
        Files.createDirectories(folder);
        FileChannel lock = FileChannel.open(
                folder.resolveSibling(id + ".lock"), // never deleted: otherwise two services could hold it
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
        if (isHeld(lock)) {
            lock.close();
            throw new DownloadFailed("another service is downloading it into this models folder");
        }
        return new Staging(folder, models.resolve(id), lock);
    }

    private static boolean isHeld(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() == null;
        } catch (OverlappingFileLockException e) {
            return true; // held by this process
        } catch (IOException e) {
            lock.close();
            throw e;
        }
    }

    /** The status of a model that an earlier service left incomplete; null if nothing was left. */
    static @Nullable DownloadStatus status(Path models, String id) {
        Manifest manifest = Manifest.read(folder(models, id));
        if (manifest == null) {
            return null;
        }
        try {
            long missing = missing(folder(models, id), manifest.files());
            Progress progress = new Progress(
                    manifest.bytes() - missing,
                    manifest.bytes(),
                    0,
                    manifest.files().size());
            String reason = "the service stopped before the download was complete; request it again to resume";
            return new DownloadStatus(
                    id, manifest.repo(), manifest.revision(), manifest.commit(), State.FAILED, progress, reason);
        } catch (IOException e) {
            return null; // the files were deleted just now
        }
    }

    Path folder() {
        return folder;
    }

    /** Number of bytes of these files that are not there yet. */
    long missing(List<HubFile> files) throws IOException {
        return missing(folder, files);
    }

    private static long missing(Path folder, List<HubFile> files) throws IOException {
        long missing = 0;
        for (HubFile file : files) {
            Path path = folder.resolve(file.name());
            missing += Files.exists(path) ? Math.max(0, file.size() - Files.size(path)) : file.size();
        }
        return missing;
    }

    /**
     * Moves the model to its final destination.
     *
     * @param files names of the model's files; all others, from earlier attempts, are deleted
     * @throws DownloadFailed if the destination is taken
     */
    void publish(Collection<String> files) throws IOException, DownloadFailed {
        for (Path path : contents(folder)) {
            String name = path.getFileName().toString();
            if (!files.contains(name) && !name.equals(Manifest.NAME)) {
                delete(path);
            }
        }
        if (Files.exists(destination, LinkOption.NOFOLLOW_LINKS)) {
            throw new DownloadFailed("the models folder now has a folder " + destination.getFileName());
        }
        Files.move(folder, destination, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Deletes the received files of a model.
     *
     * @return whether there were any
     * @throws DownloadFailed if another service holds the lock
     */
    static boolean discard(Path models, String id) throws IOException, DownloadFailed {
        if (!Files.exists(folder(models, id), LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (Staging staging = open(models, id)) {
            delete(staging.folder);
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    private static void delete(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            for (Path child : contents(path)) {
                delete(child);
            }
        }
        Files.deleteIfExists(path);
    }

    private static List<Path> contents(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }
}
