package dev.headlight.model.hub;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * Addresses of this machine and of private networks. A hub on the internet must not redirect to them: what answers there trusts
 * this machine (server-side request forgery).
 *
 * @see <a href="https://www.iana.org/assignments/iana-ipv4-special-registry/">IANA, special-purpose addresses</a>
 */
final class InternalAddress {
    private InternalAddress() {}

    /** Whether a host has such an address. One that cannot be resolved has none, and cannot be connected to either. */
    static boolean has(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).anyMatch(InternalAddress::is);
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static boolean is(InetAddress address) {
        return address.isLoopbackAddress()
                || address.isLinkLocalAddress() // the metadata of clouds
                || address.isSiteLocalAddress()
                || address.isAnyLocalAddress()
                || address.isMulticastAddress()
                || isOther(address);
    }

    /** Unique local addresses (RFC 4193), and those of carriers (RFC 6598), which clouds use inside. */
    private static boolean isOther(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet6Address
                ? (bytes[0] & 0xFE) == 0xFC
                : bytes[0] == 0 || (bytes[0] == 100 && (bytes[1] & 0xC0) == 64);
    }
}
