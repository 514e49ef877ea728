package dev.headlight.web.access;

import dev.headlight.model.fault.BadSetting;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;

/** Ends the start of a service that other machines reach and that asks nobody who they are, unless that is wanted. */
final class ListeningCheck {
    private ListeningCheck() {}

    /**
     * Checks the addresses on which the service listens.
     *
     * @param guarded whether clients must show a key or a token
     * @param open whether everybody may use the service
     * @throws BadSetting if other machines reach it, and it is neither guarded nor open
     */
    static void require(ServerProperties server, ManagementServerProperties management, boolean guarded, boolean open) {
        if (guarded || open) {
            return;
        }
        require("server.address", server.getAddress());
        Integer port = management.getPort();
        if (port != null && port >= 0 && !port.equals(server.getPort())) {
            require("management.server.address", management.getAddress());
        }
    }

    /** Whether only this machine reaches an address; null stands for all addresses of the machine. */
    static boolean isLoopback(@Nullable InetAddress address) {
        return address != null && address.isLoopbackAddress();
    }

    private static void require(String setting, @Nullable InetAddress address) {
        if (!isLoopback(address)) {
            throw new BadSetting(
                    setting,
                    "is " + (address == null ? "every address of this machine" : address.getHostAddress())
                            + ", which other machines reach: set headlight.access.keys, headlight.access.keys-file or an issuer of "
                            + "tokens, or headlight.access.open=true to let everybody in");
        }
    }
}
