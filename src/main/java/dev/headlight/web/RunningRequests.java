package dev.headlight.web;

import dev.headlight.model.schedule.Cancellation;
import jakarta.servlet.ServletRequest;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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

    private final Duration timeout;
    private final Duration shutdownWait;
    private final Set<Cancellation> running = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor watch;
    private volatile boolean started;

    RunningRequests(HeadlightProperties properties, LifecycleProperties lifecycle) {
        this.timeout = properties.limits().requestTimeout();
        this.shutdownWait = lifecycle.getTimeoutPerShutdownPhase().minus(LAST_ANSWERS);
        this.watch = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "watch");
            thread.setDaemon(true);
            return thread;
        });
        watch.setRemoveOnCancelPolicy(true);
    }

    /**
     * Runs work of the current request, whose body has been read and whose answer has not begun, and cancels it when it must
     * end early.
     *
     * @throws dev.headlight.model.schedule.Cancelled if it was cancelled
     */
    <R> R run(Supplier<R> work) {
        ClientConnection client = ClientConnection.of(currentRequest());
        Cancellation cancellation = new Cancellation(timeout);
        Future<?> probes = watch.scheduleWithFixedDelay(
                () -> probe(client, cancellation), PROBE_MILLIS, PROBE_MILLIS, TimeUnit.MILLISECONDS);
        running.add(cancellation);
        try (Cancellation.Scope scope = cancellation.enter()) {
            return work.get();
        } finally {
            running.remove(cancellation);
            probes.cancel(false);
            if (client != null) {
                client.awaitQuiet();
            }
        }
    }

    private static ServletRequest currentRequest() {
        return ((ServletRequestAttributes) RequestContextHolder.currentRequestAttributes()).getRequest();
    }

    private void probe(@Nullable ClientConnection client, Cancellation cancellation) {
        if (cancellation.isCancelled() || client == null) {
            return; // asking has cancelled it if its time is over
        }
        client.unlessWriting(() -> {
            if (running.contains(cancellation) && client.isClosedByClient()) {
                cancellation.cancel(Cancellation.Reason.CLIENT_GONE);
            }
        });
    }

    @Override
    public void start() {
        started = true;
    }

    /** Begins together with the wait of the web server, which lasts until the last request has been answered. */
    @Override
    public void stop() {
        started = false;
        long millis = Math.max(0, shutdownWait.toMillis());
        watch.schedule(
                () -> running.forEach(request -> request.cancel(Cancellation.Reason.SHUTDOWN)),
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
