package dev.headlight.web;

import dev.headlight.model.schedule.Cancellation;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * The requests that compute or wait. It cancels a request when its client has gone or its time is over, and all of them when
 * a stopping service has waited long enough for them.
 */
@Component
final class RunningRequests implements SmartLifecycle, AutoCloseable {
    /** How long a stopping service waits for the answers of cancelled requests, of the time that Spring gives it. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(2);

    private static final long PROBE_MILLIS = 50;
    private static final Logger log = LoggerFactory.getLogger(RunningRequests.class);

    private final Duration timeout;
    private final Duration shutdownWait;
    private final Set<Running> running = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor watch;
    private volatile boolean started;
    private volatile @Nullable Future<?> lastCancel; // of what a stopping service has not answered in time

    /** @param client its connection; null if it cannot be watched */
    private record Running(@Nullable ClientConnection client, Cancellation cancellation) {}

    RunningRequests(HeadlightProperties properties, LifecycleProperties lifecycle) {
        this.timeout = properties.limits().requestTimeout();
        this.shutdownWait = lifecycle.getTimeoutPerShutdownPhase().minus(LAST_ANSWERS);
        this.watch = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "watch");
            thread.setDaemon(true);
            return thread;
        });
        Future<?> unused = watch.scheduleWithFixedDelay(
                () -> running.forEach(this::probe), PROBE_MILLIS, PROBE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Runs work of the current request, whose body has been read and whose answer has not begun, and cancels it when it must
     * end early.
     *
     * @throws dev.headlight.model.schedule.Cancelled if it was cancelled
     */
    @SuppressWarnings("try") // the resource only ends with the block
    <R> R run(Supplier<R> work) {
        ClientConnection client = ClientConnection.of(currentRequest());
        Running request = new Running(client, new Cancellation(timeout));
        running.add(request);
        try (Cancellation.Scope scope = request.cancellation.enter()) {
            return work.get();
        } finally {
            running.remove(request);
            RequestUsage.current().ended(request.cancellation);
            if (client != null) {
                client.awaitQuiet();
            }
        }
    }

    /** The request that this thread serves. */
    static HttpServletRequest currentRequest() {
        return ((ServletRequestAttributes) RequestContextHolder.currentRequestAttributes()).getRequest();
    }

    private void probe(Running request) {
        ClientConnection client = request.client;
        try {
            if (!request.cancellation.isCancelled() && client != null) { // the question cancels it if its time is over
                client.unlessWriting(() -> cancelIfGone(request, client));
            }
        } catch (RuntimeException e) {
            log.error("A request could not be watched", e); // the others still are
        }
    }

    private void cancelIfGone(Running request, ClientConnection client) {
        if (running.contains(request) && client.isClosedByClient()) {
            request.cancellation.cancel(Cancellation.Reason.CLIENT_GONE);
        }
    }

    @Override
    public void start() {
        Future<?> planned = lastCancel;
        if (planned != null) {
            planned.cancel(false); // the context was only paused
        }
        started = true;
    }

    /** Begins together with the wait of the web server, which lasts until the last request has been answered. */
    @Override
    public void stop() {
        started = false;
        long millis = Math.max(0, shutdownWait.toMillis());
        lastCancel = watch.schedule(
                () -> running.forEach(request -> request.cancellation.cancel(Cancellation.Reason.SHUTDOWN)),
                millis,
                TimeUnit.MILLISECONDS);
    }

    @Override
    public boolean isRunning() {
        return started;
    }

    @Override
    public int getPhase() {
        return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE;
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }
}
