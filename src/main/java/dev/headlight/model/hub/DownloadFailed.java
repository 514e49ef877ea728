package dev.headlight.model.hub;

/** A model cannot be brought, and to try again at once would not help. The message is the reason, and shows no secret. */
final class DownloadFailed extends Exception {
    DownloadFailed(String reason) {
        super(reason);
    }
}
