package dev.headlight.model.schedule;

import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Runs the heavy steps of all requests on a few engine threads, first come, first served. A request submits one task at
 * a time and waits for it, so a long request never keeps others waiting for more than one of its tasks. A thread that
 * takes a task also takes every waiting task with an equal {@linkplain Task#key() key}. A task never waits for others to
 * join it.
 *
 * <p>A lone task gets all cores. If more tasks run or wait, they share the cores.
 */
public final class PassScheduler implements AutoCloseable {
    /**
     * How many threads compute.
     *
     * @param engine number of engine threads; 0: each task runs on the thread that submits it
     * @param cores that all engine threads share
     * @param perOperation most threads of one operation
     */
    public record Threads(int engine, int cores, int perOperation) {}

    private static final long SHUTDOWN_MILLIS = 30_000;

    private final Threads threads;
    private final TaskObserver observer;
    private final List<EngineThread> engine;
    private final List<Condition> woken; // by thread
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Task<?>> waiting = new ArrayDeque<>();
    private final BitSet idle = new BitSet(); // numbers of threads that take nothing until they are woken
    private boolean closed;
    private final AtomicInteger running = new AtomicInteger();
    private volatile int queued;
    private volatile int load; // tasks that wait, and batches that run

    /** Starts the engine threads. The caller closes them. */
    public PassScheduler(Threads threads, TaskObserver observer) {
        this.threads = threads;
        this.observer = observer;
        this.woken =
                Stream.generate(lock::newCondition).limit(threads.engine() + 1).toList();
        this.engine = IntStream.rangeClosed(1, threads.engine())
                .mapToObj(number -> new EngineThread(this, number))
                .toList();
        idle.set(1, threads.engine() + 1);
        engine.forEach(Thread::start);
    }

    /** A scheduler without threads: each task runs on the thread that submits it. */
    public static PassScheduler inline() {
        return new PassScheduler(new Threads(0, 1, 1), new TaskObserver() {});
    }

    /**
     * Runs work that must stay on one thread, such as a forward pass and its backward pass, and waits for it. Tasks that
     * it submits run within it.
     */
    public <R> R run(Supplier<R> work) {
        return runsHere() ? work.get() : submitted(new Section<>(work));
    }

    /** Runs a task and waits for its result. */
    public <R> R run(Task<R> task) {
        if (!runsHere()) {
            return submitted(task);
        }
        Task.runBatch(List.of(task));
        if (Thread.currentThread() instanceof EngineThread own) {
            own.ranWithin(task);
        }
        task.finish();
        return task.await();
    }

    /** Whether tasks of this thread run on it: within a task, or if there are no engine threads. */
    public boolean runsHere() {
        return engine.isEmpty() || (Thread.currentThread() instanceof EngineThread own && own.belongsTo(this));
    }

    @SuppressWarnings("try") // the resource only ends with the block
    private <R> R submitted(Task<R> task) {
        Cancellation.current().check();
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the service is stopping");
            }
            waiting.add(task);
            countLoad();
            wakeOne();
        } finally {
            lock.unlock();
        }
        try (Cancellation.Registration leave = Cancellation.current().onCancel(fault -> leave(task, fault))) {
            return task.await();
        } finally {
            TaskRun run = task.report();
            Cancellation.current().taskDone(run.waitedNanos(), run.computedNanos());
            observer.ended(run);
        }
    }

    /** Takes a task out of the queue, if it still waits there. */
    private void leave(Task<?> task, Cancelled fault) {
        lock.lock();
        try {
            if (!waiting.remove(task)) {
                return; // it runs, and ends between two blocks
            }
            countLoad();
        } finally {
            lock.unlock();
        }
        task.fail(fault);
        task.finish();
    }

    /** Wakes the idle thread with the lowest number: a lone client always meets the same one. */
    private void wakeOne() {
        int number = idle.nextSetBit(0);
        if (number >= 0) {
            idle.clear(number);
            woken.get(number).signal();
        }
    }

    /** Waits for the next batch of a thread; empty if the scheduler is closed. */
    List<Task<?>> take(int number) {
        lock.lock();
        try {
            while (waiting.isEmpty() || idle.get(number)) {
                if (closed && waiting.isEmpty()) {
                    return List.of();
                }
                idle.set(number, !closed);
                woken.get(number).awaitUninterruptibly();
            }
            List<Task<?>> batch = nextBatch();
            running.incrementAndGet();
            countLoad();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private List<Task<?>> nextBatch() {
        Task<?> first = waiting.remove();
        List<Task<?>> batch = new ArrayList<>(List.of(first));
        Object key = first.key();
        BatchSize size = first.size();
        for (Iterator<Task<?>> others = waiting.iterator(); key != null && others.hasNext(); ) {
            Task<?> other = others.next();
            if (key.equals(other.key()) && size.plus(other.size()).fits()) {
                size = size.plus(other.size());
                batch.add(other);
                others.remove();
            }
        }
        observer.batch(batch.size());
        return batch;
    }

    /** Marks the thread as free before the submitters hear of the result: their next task then finds it. */
    void finished(int number) {
        lock.lock();
        try {
            running.decrementAndGet();
            countLoad();
            if (waiting.isEmpty()) {
                idle.set(number);
            }
        } finally {
            lock.unlock();
        }
    }

    private void countLoad() {
        queued = waiting.size();
        load = running.get() + queued;
    }

    /**
     * The threads per operation at the current load. A thread with a higher number counts on the lower ones being busy,
     * because they are woken first: else each of them would once start helper threads for all cores.
     */
    int intraOpThreads(int number) {
        int share = threads.cores() / Math.max(load, number);
        return Math.max(1, Math.min(share, threads.perOperation()));
    }

    /** Between two blocks of a forward pass: adapts the number of threads per operation to the load. */
    public static void betweenBlocks() {
        if (Thread.currentThread() instanceof EngineThread own) {
            own.followLoad();
        }
    }

    /** Prepares a thread that submits tasks: what it computes itself takes one core and no gradients. */
    public static void prepareSubmitter() {
        IntraOpThreads.set(1);
        JniUtils.setGradMode(false);
    }

    /** Number of tasks that wait. */
    public int waiting() {
        return queued;
    }

    /** Number of engine threads that compute. */
    public int running() {
        return running.get();
    }

    /** Ends the threads after the tasks that wait. Waits for them for at most 30 s. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            idle.clear();
            woken.forEach(Condition::signal);
        } finally {
            lock.unlock();
        }
        try {
            for (EngineThread thread : engine) {
                thread.join(SHUTDOWN_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
