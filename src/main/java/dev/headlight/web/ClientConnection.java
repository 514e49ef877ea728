package dev.headlight.web;

import jakarta.servlet.ServletConnection;
import jakarta.servlet.ServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * The connection of a client to Tomcat, which can be asked whether the client has closed it. Tomcat's threads own the
 * socket: another thread asks only while the request reads nothing, and never while it {@linkplain #write writes}.
 */
public final class ClientConnection implements ServletConnection {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ServletConnection connection;
    private final SocketWrapperBase<?> socket;
    private final Request request;
    private final ReentrantLock lock = new ReentrantLock();

    /** Something that writes to the client. */
    public interface Write {
        /** Writes. */
        void run() throws IOException;
    }

    /** @param request of the processor that serves the connection */
    ClientConnection(ServletConnection connection, SocketWrapperBase<?> socket, Request request) {
        this.connection = connection;
        this.socket = socket;
        this.request = request;
    }

    /** The connection of a request; null if it is not of HTTP/1.1. */
    static @Nullable ClientConnection of(ServletRequest request) {
        return request.getServletConnection() instanceof ClientConnection client ? client : null;
    }

    /** Writes to the client of a request while it computes, for example an event. */
    public static void write(ServletRequest request, Write write) throws IOException {
        ClientConnection client = of(request);
        if (client == null) {
            write.run();
            return;
        }
        client.lock.lock();
        try {
            write.run();
        } finally {
            client.lock.unlock();
        }
    }

    boolean isOf(SocketWrapperBase<?> other) {
        return socket == other;
    }

    /** Runs work unless the request writes at this moment. No write begins while it runs. */
    void unlessWriting(Runnable work) {
        if (lock.tryLock()) {
            try {
                work.run();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Waits for work that {@link #unlessWriting} runs at this moment. */
    @SuppressWarnings("LockNotBeforeTry") // there is nothing to do while it is held
    void awaitQuiet() {
        lock.lock();
        lock.unlock();
    }

    /**
     * Whether the client has closed the connection, or its sending half. What the client has sent meanwhile, such as its
     * next request, stays in Tomcat's buffer in order; after that the answer is always false.
     */
    boolean isClosedByClient() {
        if (!socket.getSocketBufferHandler().isReadBufferEmpty()) {
            return false;
        }
        try {
            return socket.read(false, NOTHING.duplicate()) < 0; // fills Tomcat's buffer and takes nothing out of it
        } catch (IOException e) {
            return true;
        }
    }

    /**
     * Whether this many bytes of a body can be read without waiting. Only the thread that serves the request asks.
     *
     * @param bytes that have not been read, of a body that is not sent in chunks
     */
    boolean hasSent(long bytes) {
        request.action(ActionCode.AVAILABLE, false);
        long more = bytes - request.getAvailable();
        if (more <= 0) {
            return true;
        }
        SocketBufferHandler buffer = socket.getSocketBufferHandler();
        if (isClosedByClient()) {
            return false;
        }
        buffer.configureReadBufferForRead();
        return buffer.getReadBuffer().remaining() >= more;
    }

    @Override
    public String getConnectionId() {
        return connection.getConnectionId();
    }

    @Override
    public String getProtocol() {
        return connection.getProtocol();
    }

    @Override
    public String getProtocolConnectionId() {
        return connection.getProtocolConnectionId();
    }

    @Override
    public boolean isSecure() {
        return connection.isSecure();
    }
}
