package dev.headlight.model.hub;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, in pieces as they arrive, with a timeout for each piece. The stream of {@code java.net.http} can
 * stall for ever, and does not always react to an interrupt.
 */
final class ResponseChunks implements HttpResponse.BodySubscriber<ResponseChunks>, Closeable {
    /** Received pieces; an event without pieces is the end. */
    private record Event(List<ByteBuffer> pieces, @Nullable Throwable failure) {}

    private final Duration timeout;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private Flow.@Nullable Subscription subscription; // guarded by this, like closed
    private boolean closed;
    private Iterator<ByteBuffer> arrived = Collections.emptyIterator();

    ResponseChunks(Duration timeout) {
        this.timeout = timeout;
    }

    @Override
    public CompletionStage<ResponseChunks> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public synchronized void onSubscribe(Flow.Subscription s) {
        subscription = s;
        if (closed) {
            s.cancel();
        } else {
            s.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        events.add(new Event(pieces, null));
    }

    @Override
    public void onError(Throwable failure) {
        events.add(new Event(List.of(), failure));
    }

    @Override
    public void onComplete() {
        events.add(new Event(List.of(), null));
    }

    /**
     * The next bytes; null at the end, after which this must not be called again.
     *
     * @throws Unreachable if the connection breaks, or if no byte arrives before the timeout
     */
    @Nullable
    ByteBuffer next() throws Unreachable, InterruptedException {
        while (true) {
            while (arrived.hasNext()) {
                ByteBuffer piece = arrived.next();
                if (piece.hasRemaining()) {
                    return piece;
                }
            }
            Event event = events.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (event == null) {
                throw new Unreachable("no byte came from the hub for " + timeout.toMillis() + " ms");
            }
            if (event.failure != null) {
                throw HubConnection.broken(event.failure);
            }
            if (event.pieces.isEmpty()) {
                return null;
            }
            arrived = event.pieces.iterator();
            more();
        }
    }

    /**
     * The whole body as text.
     *
     * @throws DownloadFailed if it is longer than {@code mostBytes}
     */
    String text(int mostBytes) throws Unreachable, DownloadFailed, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteBuffer piece = next(); piece != null; piece = next()) {
            byte[] bytes = new byte[piece.remaining()];
            piece.get(bytes);
            all.writeBytes(bytes);
            if (all.size() > mostBytes) {
                throw new DownloadFailed("the hub's answer is larger than " + mostBytes + " bytes");
            }
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    private synchronized void more() {
        if (subscription != null) {
            subscription.request(1);
        }
    }

    /** Cancels the rest of the body. */
    @Override
    public synchronized void close() {
        closed = true;
        if (subscription != null) {
            subscription.cancel();
        }
    }
}
