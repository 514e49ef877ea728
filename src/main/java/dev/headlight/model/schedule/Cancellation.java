package dev.headlight.model.schedule;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the computation of one request to end early, and counts what it has done. Any thread may cancel. The threads that
 * compute for the request {@linkplain #enter bind} it and {@link #check} it between two blocks of a forward pass, and in
 * loops that take long without a pass.
 */
public final class Cancellation {
    /** Why a request is cancelled. */
    public enum Reason {
        /** The client has closed its connection. */
        CLIENT_GONE,
        /** The request took longer than it may. */
        DEADLINE,
        /** The service stops. */
        SHUTDOWN
    }

    /**
     * What a request has done so far. Dry runs do not count.
     *
     * @param forwardPasses finished forward passes, whole or in part; a batch is one pass
     * @param blocks evaluations of a block in all passes, also in one that did not finish
     * @param seconds since the request began
     */
    public record Done(long forwardPasses, long blocks, double seconds) {}

    /** A thread's binding to a cancellation, which ends when it is closed. */
    public interface Scope extends AutoCloseable {
        @Override
        void close();
    }

    private static final Cancellation NONE = new Cancellation(Duration.ZERO);
    private static final ThreadLocal<Cancellation> CURRENT = ThreadLocal.withInitial(() -> NONE);

    private final long start = System.nanoTime();
    private final long mostNanos;
    private final AtomicReference<@Nullable Reason> reason = new AtomicReference<>();
    private final Queue<Registration> registrations = new ConcurrentLinkedQueue<>();
    private final LongAdder passes = new LongAdder();
    private final LongAdder blocks = new LongAdder();
    private final LongAdder waitedNanos = new LongAdder();
    private final LongAdder computedNanos = new LongAdder();
    private final List<Cancellation> members;

    /**
     * The cancellation of a request that begins now.
     *
     * @param timeout how long the request may take; zero or less for any time
     */
    public Cancellation(Duration timeout) {
        this(timeout, List.of());
    }

    private Cancellation(Duration timeout, List<Cancellation> members) {
        this.members = members;
        this.mostNanos = timeout.compareTo(Duration.ZERO) > 0 ? timeout.toNanos() : Long.MAX_VALUE;
    }

    /** The cancellation of the request that this thread computes for; otherwise one that is never cancelled. */
    public static Cancellation current() {
        return CURRENT.get();
    }

    /** That of requests that are computed together: cancelled when all of them are. Their blocks count for each. */
    static Cancellation ofAll(List<Cancellation> members) {
        return members.size() == 1 ? members.get(0) : new Cancellation(Duration.ZERO, members);
    }

    /** Binds this thread to the request until the scope is closed, on the same thread. */
    public Scope enter() {
        Cancellation outer = CURRENT.get();
        CURRENT.set(this);
        return () -> {
            if (outer == NONE) {
                CURRENT.remove();
            } else {
                CURRENT.set(outer);
            }
        };
    }

    /** Cancels the request. Only the first reason counts. */
    public void cancel(Reason why) {
        if (reason.compareAndSet(null, why)) {
            Cancelled fault = new Cancelled(why, done());
            registrations.forEach(registration -> registration.call(fault));
        }
    }

    /** Whether the request is cancelled; cancels it if its time is over. */
    public boolean isCancelled() {
        if (reason.get() == null && System.nanoTime() - start > mostNanos) {
            cancel(Reason.DEADLINE);
        }
        if (!members.isEmpty() && members.stream().allMatch(Cancellation::isCancelled)) {
            members.get(0).reason().ifPresent(this::cancel);
        }
        return reason.get() != null;
    }

    /**
     * Ends the computation if the request is cancelled.
     *
     * @throws Cancelled if it is
     */
    public void check() {
        if (isCancelled()) {
            throw fault();
        }
    }

    /**
     * Registers what ends a wait of the request. It is called once, at once if the request is cancelled already, by the
     * thread that cancels.
     */
    public Registration onCancel(Consumer<Cancelled> callback) {
        Registration registration = new Registration(callback);
        registrations.add(registration);
        if (reason.get() != null) {
            registration.call(fault());
        }
        return registration;
    }

    private Optional<Reason> reason() {
        return Optional.ofNullable(reason.get());
    }

    private Cancelled fault() {
        Reason why = reason.get();
        if (why == null) {
            throw new IllegalStateException("the request is not cancelled");
        }
        return new Cancelled(why, done());
    }

    /** Counts a finished forward pass. */
    public void passDone() {
        passes.increment();
        members.forEach(Cancellation::passDone);
    }

    /** Counts a finished evaluation of a block. */
    public void blockDone() {
        blocks.increment();
        members.forEach(Cancellation::blockDone);
    }

    /** Adds time that the request waited for memory, in ns. */
    public void waited(long nanos) {
        waitedNanos.add(nanos);
    }

    /** Adds the times of a task, in ns. */
    void taskDone(long waited, long computed) {
        waitedNanos.add(waited);
        computedNanos.add(computed);
    }

    /** Time that the request has waited for engine threads and memory, in ns. */
    public long waitedNanos() {
        return waitedNanos.sum();
    }

    /** Time that engine threads have computed for the request, in ns; all of it for each request of a batch. */
    public long computedNanos() {
        return computedNanos.sum();
    }

    /** What the request has done so far. */
    public Done done() {
        return new Done(passes.sum(), blocks.sum(), (System.nanoTime() - start) / 1e9);
    }

    /** A registered callback, no longer called after it is closed. */
    public final class Registration implements AutoCloseable {
        private final Consumer<Cancelled> callback;
        private final AtomicBoolean open = new AtomicBoolean(true);

        private Registration(Consumer<Cancelled> callback) {
            this.callback = callback;
        }

        private void call(Cancelled fault) {
            if (open.compareAndSet(true, false)) {
                callback.accept(fault);
            }
        }

        @Override
        public void close() {
            open.set(false);
            registrations.remove(this);
        }
    }
}
