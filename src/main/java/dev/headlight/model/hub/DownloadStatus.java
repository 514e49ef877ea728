package dev.headlight.model.hub;

import dev.headlight.tensor.Wire;
import org.jspecify.annotations.Nullable;

/**
 * The state of the download of a model from the hub.
 *
 * @param id id of the model, {@code owner--name}
 * @param repo name of the repository, {@code owner/name}
 * @param revision the requested branch, tag or commit
 * @param commit the commit of the revision, in full; null until the hub has named it
 * @param progress the bytes and files so far
 * @param reason why the download failed; null if it did not
 */
public record DownloadStatus(
        String id,
        String repo,
        String revision,
        @Nullable String commit,
        State state,
        Progress progress,
        @Nullable String reason) {

    /** The steps of a download. */
    public enum State {
        /** Waits for other downloads. */
        QUEUED,
        /** Receives files. */
        DOWNLOADING,
        /** Compares a file with the checksum that the hub lists. */
        VERIFYING,
        /** Ended without success; the received bytes are kept for the next attempt. */
        FAILED,
        /** Complete, and in the models folder. */
        AVAILABLE;

        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * The part of a model that is on the disk.
     *
     * @param bytes received bytes
     * @param totalBytes size of all files in bytes; null until the needed files are known
     * @param files number of verified files
     * @param totalFiles number of all files; null until the needed files are known
     */
    public record Progress(
            long bytes,
            @Nullable Long totalBytes,
            int files,
            @Nullable Integer totalFiles) {
        Progress with(long moreBytes, int moreFiles) {
            return new Progress(bytes + moreBytes, totalBytes, files + moreFiles, totalFiles);
        }
    }

    static DownloadStatus available(String id, Manifest m) {
        Progress whole =
                new Progress(m.bytes(), m.bytes(), m.files().size(), m.files().size());
        return new DownloadStatus(id, m.repo(), m.revision(), m.commit(), State.AVAILABLE, whole, null);
    }
}
