package dev.headlight.model.hub;

/** Nothing was started; the client may try again. */
public final class TooManyDownloads extends RuntimeException {
    TooManyDownloads(int waiting) {
        super(waiting + " models are waiting to be brought already");
    }
}
