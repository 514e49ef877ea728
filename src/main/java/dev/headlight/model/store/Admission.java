package dev.headlight.model.store;

import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.TooLarge;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Permission for one use of a model. Until it is closed, the model stays loaded and the memory for the use is reserved.
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
    private final long largestUse;
    private final Runnable release;
    private MemoryBudget.@Nullable Reservation memory; // null once the answer has taken it over

    /**
     * An admission that holds a model and memory.
     *
     * @param largestUse bytes of the memory budget that remain for a use when only this model is loaded
     */
    Admission(HookedModel model, P prepared, long largestUse, MemoryBudget.Reservation memory, Runnable release) {
        this.model = model;
        this.prepared = prepared;
        this.largestUse = largestUse;
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

    /**
     * Checks that a use can ever be admitted.
     *
     * @param field of the request that asks for the memory
     * @param bytes that the use takes
     * @throws TooLarge if it can never be admitted
     */
    public void requireFits(String field, long bytes) {
        MemoryBudget.requireAtMost(largestUse, field, bytes);
    }

    /**
     * Shrinks the reservation to the memory of the answer and hands it to the caller, who closes it. It outlives this
     * admission.
     */
    public MemoryBudget.Reservation keep(long bytes) {
        MemoryBudget.Reservation handedOver = Objects.requireNonNull(memory);
        memory = null;
        handedOver.shrinkTo(bytes);
        return handedOver;
    }

    @Override
    public void close() {
        if (memory != null) {
            memory.close();
        }
        release.run();
    }
}
