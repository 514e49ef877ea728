package dev.headlight.web;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.ApplicationBufferHandler;

/** What a request has not read of its body. Tomcat closes the request's own stream with the answer. */
final class UnreadBody extends ServletInputStream implements ApplicationBufferHandler {
    private final Request request;
    private ByteBuffer bytes = ByteBuffer.allocate(0); // Tomcat's

    UnreadBody(Request request) {
        this.request = request;
    }

    /** Reads some bytes and forgets them. */
    @Override
    public int read(byte[] to, int from, int most) throws IOException {
        return request.doRead(this);
    }

    @Override
    public int read() {
        throw new UnsupportedOperationException("the bytes are not kept");
    }

    @Override
    public boolean isFinished() {
        return request.isFinished();
    }

    @Override
    public boolean isReady() {
        return request.isReady();
    }

    @Override
    public void setReadListener(ReadListener listener) {
        request.setReadListener(listener);
    }

    @Override
    public void setByteBuffer(ByteBuffer buffer) {
        bytes = buffer;
    }

    @Override
    public ByteBuffer getByteBuffer() {
        return bytes;
    }

    @Override
    public void expand(int size) {}
}
