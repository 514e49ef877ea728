package dev.headlight.model.hub;

/** The queue of downloads is full. Nothing was started, and the client may try again. */
public final class TooManyDownloads extends RuntimeException {
    TooManyDownloads(int waiting) {
        super(waiting + " models are waiting to be downloaded already");
    }
}
