package dev.headlight.tensor;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Makes the text of a tensor on several threads and writes it in order. The writing thread makes pieces too while it waits
 * for one, so it needs no helper: threads that are busy with another tensor do not help.
 */
final class ParallelPieces {
    /** Cores that the service may use. */
    static final int CORES = Runtime.getRuntime().availableProcessors();

    /** Fewest values of a tensor for which help pays. */
    static final long LEAST = 1 << 14;

    private static final int THREADS = Math.min(8, CORES); // a connection does not take the text of more

    /** Most pieces that are made and not yet written. */
    static final int AHEAD = 2 * THREADS;

    private static final ThreadPoolExecutor HELPERS = helpers(Math.max(1, THREADS - 1));
    private static final AtomicInteger WRITERS = new AtomicInteger();

    private final NestedText text;
    private final Iterator<Piece.Range> ranges;
    private final int most;
    private final Queue<FutureTask<Piece>> ahead = new ConcurrentLinkedQueue<>();
    private final Queue<Piece> free = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    /** Text of all ranges, each of at most {@code most} values. */
    ParallelPieces(NestedText text, Iterator<Piece.Range> ranges, int most) {
        this.text = text;
        this.ranges = ranges;
        this.most = most;
    }

    private static ThreadPoolExecutor helpers(int count) {
        // without room in its queue it discards a task that no thread waits for
        var helpers = new ThreadPoolExecutor(count, count, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "digits");
            thread.setDaemon(true);
            return thread;
        });
        helpers.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        helpers.allowCoreThreadTimeOut(true);
        return helpers;
    }

    /**
     * Writes everything.
     *
     * @throws IOException if the stream fails; no thread reads the tensor after that
     */
    void write(OutputStream out) throws IOException {
        WRITERS.incrementAndGet();
        try {
            for (FutureTask<Piece> first = first(); first != null; first = first()) {
                Piece piece = made(first);
                out.write(piece.bytes(), 0, piece.length());
                ahead.remove();
                free.add(piece);
            }
        } finally {
            stop();
            WRITERS.decrementAndGet();
        }
    }

    /** Number of threads that write a large tensor. */
    static int writers() {
        return WRITERS.get();
    }

    /** Whether no piece is in work. */
    boolean isIdle() {
        return ahead.stream().allMatch(FutureTask::isDone);
    }

    /** The next piece to write, after asking for help with those that follow; null at the end. */
    private @Nullable FutureTask<Piece> first() {
        while (ahead.size() < AHEAD && ranges.hasNext()) {
            Piece.Range range = ranges.next();
            ahead.add(new FutureTask<>(() -> make(range)));
        }
        for (int busy = WRITERS.get(); busy < THREADS && ahead.size() > 1; busy++) {
            HELPERS.execute(() -> ahead.forEach(FutureTask::run)); // a task runs once
        }
        return ahead.peek();
    }

    private Piece make(Piece.Range range) {
        Piece piece = free.poll();
        if (piece == null) {
            piece = new Piece(most, text);
        }
        return stopped ? piece : piece.with(range, text);
    }

    /** Makes a piece, or, while another thread makes it, those that follow. */
    private Piece made(FutureTask<Piece> first) {
        for (FutureTask<Piece> task : ahead) {
            task.run();
            if (first.isDone()) {
                break;
            }
        }
        return await(first);
    }

    /** Returns when no helper reads the tensor any more. */
    private void stop() {
        stopped = true;
        ahead.forEach(FutureTask::run);
        ahead.forEach(ParallelPieces::await);
    }

    /** Waits for a piece, which takes less than a millisecond, even if the thread is interrupted. */
    private static Piece await(FutureTask<Piece> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
