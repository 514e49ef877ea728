package dev.headlight.web.access;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import dev.headlight.web.AccessSettings;
import dev.headlight.web.Problem;
import dev.headlight.web.ProblemWriter;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Limits the requests of each key, and of each address without one. Health does not count.
 *
 * @see <a href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/">IETF, RateLimit header fields</a>
 */
final class RateLimitFilter extends OncePerRequestFilter {
    /** Clients whose requests are counted; the memory for more would have no bound. */
    private static final int MOST_CLIENTS = 10_000;

    private final AccessSettings.RateLimit limit;
    private final LoadingCache<String, Bucket> buckets;
    private final ProblemWriter problems;

    RateLimitFilter(AccessSettings.RateLimit limit, ProblemWriter problems) {
        this.limit = limit;
        this.problems = problems;
        this.buckets = Caffeine.newBuilder()
                .maximumSize(MOST_CLIENTS)
                .expireAfterAccess(limit.period())
                .build(client -> Bucket.builder()
                        .addLimit(bucket ->
                                bucket.capacity(limit.requests()).refillGreedy(limit.requests(), limit.period()))
                        .build());
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return limit.requests() == 0 || request.getRequestURI().startsWith("/actuator/health");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        ConsumptionProbe probe = buckets.get(client(request)).tryConsumeAndReturnRemaining(1);
        long reset = seconds(probe.getNanosToWaitForReset());
        response.setHeader(
                "RateLimit-Policy",
                "\"requests\";q=" + limit.requests() + ";w=" + limit.period().toSeconds());
        response.setHeader("RateLimit", "\"requests\";r=" + probe.getRemainingTokens() + ";t=" + reset);
        if (probe.isConsumed()) {
            chain.doFilter(request, response);
            return;
        }
        response.setHeader(HttpHeaders.RETRY_AFTER, String.valueOf(seconds(probe.getNanosToWaitForRefill())));
        problems.write(
                request,
                response,
                Problem.Kind.TOO_MANY_REQUESTS,
                "at most " + limit.requests() + " requests in " + limit.period().toSeconds()
                        + " s are allowed (headlight.access.rate-limit)");
    }

    private static long seconds(long nanos) {
        return Math.max(1, TimeUnit.NANOSECONDS.toSeconds(nanos + TimeUnit.SECONDS.toNanos(1) - 1));
    }

    private static String client(HttpServletRequest request) {
        Authentication known = SecurityContextHolder.getContext().getAuthentication();
        return known == null ? "address " + request.getRemoteAddr() : "key " + known.getName();
    }
}
