package dev.headlight.web;

import dev.headlight.model.store.MemoryBudget;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The bodies of all requests: the memory that they may take together, and how slowly one may arrive. One half of the memory is
 * for bytes that arrive; the other is for requests whose body has arrived, and for what parsing may make of it.
 */
@Component
final class RequestBodies implements AutoCloseable {
    /** Heap that the objects of a request take for each byte of JSON at most: a list of one-digit numbers, read as a tree. */
    private static final long PARSED = 24;

    private static final long SWEEP_MILLIS = 250;
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Logger log = LoggerFactory.getLogger(RequestBodies.class);

    private final long limit;
    private final long total;
    private final Duration time;
    private final long rate;
    private final Set<BodyTransfer> arriving = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor watch;
    private final MemoryBudget arrivingBytes;
    private final MemoryBudget servedBytes;

    RequestBodies(HeadlightProperties properties, OperatorMetrics metrics) {
        HeadlightProperties.RequestLimits limits = properties.limits();
        this.limit = limits.bodyBytes().toBytes();
        this.time = limits.bodyTime();
        this.rate = limits.bodyRate().toBytes();
        this.total = properties.bodyBudget() == null
                ? Runtime.getRuntime().maxMemory() / 4
                : properties.bodyBudget().toBytes();
        this.arrivingBytes = new MemoryBudget(total / 2);
        this.servedBytes = new MemoryBudget(total / 2);
        metrics.bodies(this);
        this.watch = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "bodies");
            thread.setDaemon(true);
            return thread;
        });
        Future<?> unused = watch.scheduleWithFixedDelay(
                () -> arriving.forEach(this::endIfSlow), SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** The most bytes of one body. */
    long limit() {
        return limit;
    }

    /** Bytes that are taken. */
    long held() {
        return arrivingBytes.reserved() + servedBytes.reserved();
    }

    /** Takes memory for bytes that arrive; empty if it is taken. */
    Optional<MemoryBudget.Reservation> takeToArrive(long bytes) {
        return arrivingBytes.tryTake(bytes);
    }

    /** Takes what the request with this body may need while it is served; empty if there is not so much. A large one leaves room for small ones. */
    Optional<MemoryBudget.Reservation> takeToServe(long length) {
        return servedBytes.tryTake(Math.min(PARSED * length, servedBytes.total() / 4 * 3));
    }

    void begin(BodyTransfer transfer) {
        arriving.add(transfer);
    }

    void end(BodyTransfer transfer) {
        arriving.remove(transfer);
    }

    private void endIfSlow(BodyTransfer transfer) {
        try {
            if (isTooSlow(Duration.ofNanos(transfer.nanos()), transfer.received())) {
                transfer.end(BodyTransfer.End.TOO_SLOW);
            }
        } catch (RuntimeException e) {
            log.error("A body could not be ended", e); // the others still are
        }
    }

    /** @param bytes that have come in this time */
    boolean isTooSlow(Duration elapsed, long bytes) {
        long counted = Math.max(0, elapsed.minus(GRACE).toSeconds());
        return elapsed.compareTo(time) > 0 || bytes < rate * counted;
    }

    String tooLarge() {
        return "the body is larger than the limit of " + limit + " bytes (headlight.limits.body-bytes)";
    }

    String tooSlow() {
        return "the body arrived too slowly: it may take "
                + time.toString().substring(2).toLowerCase(Locale.ROOT)
                + " (headlight.limits.body-time), and after " + GRACE.toSeconds() + " s at least " + rate
                + " bytes must come per second (headlight.limits.body-rate)";
    }

    String noRoom() {
        return "the bodies of other requests fill the " + total
                + " bytes for bodies (headlight.body-budget); try again after a second";
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }
}
