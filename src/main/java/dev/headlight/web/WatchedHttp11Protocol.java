package dev.headlight.web;

import jakarta.servlet.ServletConnection;
import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/** Tomcat's HTTP/1.1, with a {@link ClientConnection} as the connection of every request. Tomcat makes it by its name. */
public final class WatchedHttp11Protocol extends Http11NioProtocol {
    /** Called by Tomcat. */
    public WatchedHttp11Protocol() {}

    @Override
    protected Processor createProcessor() {
        return new WatchedProcessor(this, getAdapter());
    }

    /** Serves one connection after the other. */
    private static final class WatchedProcessor extends Http11Processor {
        private @Nullable ClientConnection client;

        private WatchedProcessor(AbstractHttp11Protocol<?> protocol, Adapter adapter) {
            super(protocol, adapter);
        }

        @Override
        protected ServletConnection getServletConnection() {
            SocketWrapperBase<?> socket = getSocketWrapper();
            ClientConnection known = client;
            if (known == null || !known.isOf(socket)) {
                known = new ClientConnection(super.getServletConnection(), socket, getRequest());
                client = known;
            }
            return known;
        }
    }
}
