package dev.headlight.model.store;

import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.TooLarge;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One use of a model: the model stays in memory, and the memory of the use is reserved, until this is closed.
 *
 * @param <P> the kind of work that was prepared for the use
 */
public final class Admission<P extends Admission.Prepared> implements AutoCloseable {
    /** Work that is ready to run on one loaded model. It holds no memory yet. */
    public interface Prepared {
        /** The native memory that the work takes, in bytes. */
        long bytes();
    }

    private final HookedModel model;
    private final P prepared;
    private final long room;
    private final Runnable release;
    private MemoryBudget.@Nullable Reservation memory; // null once it is kept

    /**
     * An admission that holds a model and memory.
     *
     * @param room bytes that the budget leaves beside the model when nothing else is in memory
     */
    Admission(HookedModel model, P prepared, long room, MemoryBudget.Reservation memory, Runnable release) {
        this.model = model;
        this.prepared = prepared;
        this.room = room;
        this.memory = memory;
        this.release = release;
    }

    /** The loaded model. */
    public HookedModel model() {
        return model;
    }

    /** The work that was prepared for this model. */
    public P prepared() {
        return prepared;
    }

    /** @throws TooLarge if a use of that many bytes can never be admitted */
    public void requireFits(String field, long bytes) {
        MemoryBudget.requireAtMost(room, field, bytes);
    }

    /** The memory of the use, reduced to what its answer takes. It outlives this admission, and the caller closes it. */
    public MemoryBudget.Reservation keep(long bytes) {
        MemoryBudget.Reservation kept = Objects.requireNonNull(memory);
        memory = null;
        kept.shrinkTo(bytes);
        return kept;
    }

    @Override
    public void close() {
        if (memory != null) {
            memory.close();
        }
        release.run();
    }
}
