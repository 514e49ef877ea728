package dev.headlight.model.hub;

/** A download that failed and would fail again if repeated at once. The message is the reason, without secrets. */
final class DownloadFailed extends Exception {
    DownloadFailed(String reason) {
        super(reason);
    }
}
