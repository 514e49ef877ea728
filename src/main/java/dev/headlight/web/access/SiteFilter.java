package dev.headlight.web.access;

import dev.headlight.web.Problem;
import dev.headlight.web.ProblemWriter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.cors.CorsUtils;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses requests that a browser sends for a page of another site. Such a page could call this machine by a name of its own
 * (DNS rebinding), which the {@code Host} header shows, or by its right name, which the {@code Origin} header shows.
 *
 * @see <a href="https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site">Sec-Fetch-Site</a>
 */
final class SiteFilter extends OncePerRequestFilter {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Set<String> hosts;
    private final Set<String> origins;
    private final ProblemWriter problems;

    /**
     * A filter of hosts and origins.
     *
     * @param hosts allowed names beside those of this machine; empty to allow all
     * @param onLoopback whether only this machine reaches the service, so that its names are known
     * @param origins allowed origins beside the service's own
     */
    SiteFilter(Collection<String> hosts, boolean onLoopback, Collection<String> origins, ProblemWriter problems) {
        this.hosts = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        if (onLoopback || !hosts.isEmpty()) {
            this.hosts.addAll(LOOPBACK);
            this.hosts.addAll(hosts);
        }
        this.origins = Set.copyOf(origins);
        this.problems = problems;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String host = request.getHeader(HttpHeaders.HOST);
        if (host != null && !isAllowed(host)) {
            problems.write(
                    request,
                    response,
                    Problem.Kind.MISDIRECTED_REQUEST,
                    "the Host header must be one of " + hosts + ", with any port (headlight.access.hosts)");
        } else if (isOfOtherSite(request, host)) {
            problems.write(
                    request,
                    response,
                    Problem.Kind.FORBIDDEN,
                    "a page of another origin may not do this, unless the origin is one of headlight.access.allowed-origins");
        } else {
            chain.doFilter(request, response);
        }
    }

    private boolean isAllowed(String host) {
        return hosts.isEmpty() || hosts.contains(withoutPort(host));
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    /** Whether a page of another site asks for a change, or asks whether it may. */
    private boolean isOfOtherSite(HttpServletRequest request, @Nullable String host) {
        if (SAFE.contains(request.getMethod()) && !CorsUtils.isPreFlightRequest(request)) {
            return false;
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null) {
            return !origins.contains(origin) && !isOwn(origin, host);
        }
        return "cross-site".equals(request.getHeader("Sec-Fetch-Site"));
    }

    private static boolean isOwn(String origin, @Nullable String host) {
        int scheme = origin.indexOf("://");
        return host != null
                && scheme > 0
                && authority(origin.substring(scheme + 3)).equals(authority(host));
    }

    /** Without the port that browsers leave out. */
    private static String authority(String authority) {
        return authority.toLowerCase(Locale.ROOT).replaceFirst(":(80|443)$", "");
    }
}
