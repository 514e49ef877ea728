package dev.headlight.model.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/** The free space on the disk of the models folder, shared by all downloads. */
final class DiskSpace {
    private final Path folder;
    private final Collection<Download> downloads;

    /** @param downloads a live view of the running downloads */
    DiskSpace(Path folder, Collection<Download> downloads) {
        this.folder = folder;
        this.downloads = downloads;
    }

    /**
     * Reserves space for a download.
     *
     * @param missing bytes that it will write
     * @param announce makes the missing bytes count as outstanding
     * @throws DownloadFailed if they do not fit, given what the other downloads will write
     */
    synchronized void reserve(Download download, long missing, Runnable announce) throws IOException, DownloadFailed {
        long others = downloads.stream()
                .filter(d -> d != download)
                .mapToLong(Download::outstanding)
                .sum();
        long usable = Files.getFileStore(folder).getUsableSpace();
        if (missing > usable - others) {
            throw new DownloadFailed(
                    missing + " bytes remain to be downloaded, but the disk of the models folder has only " + usable
                            + " free" + (others == 0 ? "" : ", and other downloads need " + others + " of them"));
        }
        announce.run();
    }
}
