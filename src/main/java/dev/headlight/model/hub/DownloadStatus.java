package dev.headlight.model.hub;

import dev.headlight.tensor.Wire;
import org.jspecify.annotations.Nullable;

/**
 * How far a model from the hub is.
 *
 * @param id {@code owner--name}
 * @param commit that the revision is; null until the hub has said so
 * @param reason why it failed; null where it did not
 */
public record DownloadStatus(
        String id,
        String repo,
        String revision,
        @Nullable String commit,
        State state,
        Progress progress,
        @Nullable String reason) {

    /** What is being done. */
    public enum State {
        QUEUED,
        DOWNLOADING,
        /** What has come is held to the hub's checksum. */
        VERIFYING,
        /** Ended; what is there is kept for the next attempt. */
        FAILED,
        /** Whole and in its place. */
        AVAILABLE;

        @Override
        public String toString() {
            return Wire.name(this);
        }
    }

    /**
     * What is on the disk.
     *
     * @param totalBytes null until it is known which files are needed
     * @param files those that are verified
     * @param totalFiles null until it is known which files are needed
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
