package dev.headlight.model.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/** The room on the models folder's disk, shared by the downloads that fill it. */
final class Room {
    private final Path folder;
    private final Collection<Download> downloads;

    /** @param downloads a live view of those under way */
    Room(Path folder, Collection<Download> downloads) {
        this.folder = folder;
        this.downloads = downloads;
    }

    /**
     * Lets a download begin with what is large.
     *
     * @param missing bytes that it is going to write
     * @param announce makes them count as outstanding
     * @throws DownloadFailed if the disk has no room for them beside what others are going to write
     */
    synchronized void reserve(Download download, long missing, Runnable announce) throws IOException, DownloadFailed {
        long others = downloads.stream()
                .filter(d -> d != download)
                .mapToLong(Download::outstanding)
                .sum();
        long usable = Files.getFileStore(folder).getUsableSpace();
        if (missing > usable - others) {
            throw new DownloadFailed(missing + " bytes are yet to come, and the disk of the models folder has room for "
                    + usable + (others == 0 ? "" : ", of which other downloads need " + others));
        }
        announce.run();
    }
}
