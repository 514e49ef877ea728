package dev.headlight.web;

import dev.headlight.model.store.MemoryBudget;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A body in memory, which counts what it takes. It is read once, and freed while it is read. */
final class BufferedBody implements AutoCloseable {
    private static final int FIRST = 1 << 13;
    private static final int FURTHER = 1 << 16;

    private final RequestBodies bodies;
    private final Deque<byte[]> pieces = new ArrayDeque<>();
    private int inLast; // bytes that the last piece holds
    private long length;
    private MemoryBudget.@Nullable Reservation taken;
    private boolean closed;

    BufferedBody(RequestBodies bodies) {
        this.bodies = bodies;
    }

    /** Number of bytes that have arrived. */
    synchronized long length() {
        return length;
    }

    /**
     * Appends what the client has sent, in one read.
     *
     * @param expected bytes that are still to come, if they are known; otherwise negative
     * @return whether there was room for it; nothing is read if not
     */
    synchronized boolean append(ServletInputStream in, long expected) throws IOException {
        byte[] last = pieces.peekLast();
        if (last == null || inLast == last.length) {
            int most = last == null ? FIRST : FURTHER;
            int size = expected > 0 ? (int) Math.min(most, expected) : most;
            if (!takeToArrive(size)) {
                return false;
            }
            last = new byte[size];
            pieces.add(last);
            inLast = 0;
        }
        int read = in.read(last, inLast, last.length - inLast);
        inLast += Math.max(0, read);
        length += Math.max(0, read);
        return true;
    }

    /** Takes what the request may need while it is served; false if there is no room. */
    synchronized boolean takeToServe() {
        MemoryBudget.Reservation needed = bodies.takeToServe(length).orElse(null);
        if (needed != null) {
            giveBack();
            taken = needed;
        }
        return needed != null;
    }

    private boolean takeToArrive(long bytes) {
        MemoryBudget.Reservation more =
                closed ? null : bodies.takeToArrive(bytes).orElse(null);
        if (more != null && taken != null) {
            taken.add(more);
        } else if (more != null) {
            taken = more;
        }
        return more != null;
    }

    private void giveBack() {
        if (taken != null) {
            taken.close();
        }
    }

    /** Gives back what is taken. */
    @Override
    public synchronized void close() {
        closed = true;
        giveBack();
        pieces.clear();
    }

    /** Reads the body from its beginning. */
    ServletInputStream stream() {
        return new Stream();
    }

    private final class Stream extends ServletInputStream {
        private byte @Nullable [] piece;
        private int at;

        /** Moves on to the next piece at the end of one; false at the end of the body. */
        private boolean hasMore() {
            while (piece == null || at == end(piece)) {
                if (pieces.isEmpty()) {
                    return false;
                }
                piece = pieces.remove();
                at = 0;
            }
            return true;
        }

        private int end(byte[] current) {
            return pieces.isEmpty() ? inLast : current.length;
        }

        @Override
        public int read() {
            return hasMore() ? Objects.requireNonNull(piece)[at++] & 0xFF : -1;
        }

        @Override
        public int read(byte[] to, int from, int most) {
            if (most == 0 || !hasMore()) {
                return most == 0 ? 0 : -1;
            }
            byte[] current = Objects.requireNonNull(piece);
            int count = Math.min(most, end(current) - at);
            System.arraycopy(current, at, to, from, count);
            at += count;
            return count;
        }

        @Override
        public int available() {
            return hasMore() ? end(Objects.requireNonNull(piece)) - at : 0;
        }

        @Override
        public boolean isFinished() {
            return !hasMore();
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new IllegalStateException("the body has arrived already");
        }
    }
}
