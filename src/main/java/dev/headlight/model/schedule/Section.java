package dev.headlight.model.schedule;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Work that runs alone, from its start to its end on one thread with one number of threads per operation. */
final class Section<R> extends Task<R> {
    private static final BatchSize ALONE = new BatchSize(0, Double.MAX_VALUE); // as much as there can be

    private final Supplier<R> work;

    Section(Supplier<R> work) {
        this.work = work;
    }

    @Override
    protected @Nullable Object key() {
        return null;
    }

    @Override
    protected BatchSize size() {
        return ALONE;
    }

    @Override
    protected boolean followsLoad() {
        return false;
    }

    @Override
    protected void run(List<Task<?>> batch) {
        succeed(work.get());
    }
}
