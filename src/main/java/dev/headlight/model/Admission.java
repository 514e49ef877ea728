package dev.headlight.model;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A model for one use: it stays in memory, and memory is there for the use, until this is closed. */
public final class Admission implements AutoCloseable {
    private final HookedModel model;
    private final long room;
    private final Runnable release;
    private MemoryBudget.@Nullable Reservation memory; // null once it is kept

    /** @param room what the budget leaves beside the model, were nothing else there */
    Admission(HookedModel model, long room, MemoryBudget.Reservation memory, Runnable release) {
        this.model = model;
        this.room = room;
        this.memory = memory;
        this.release = release;
    }

    public HookedModel model() {
        return model;
    }

    /** @throws TooLarge if a use of so many bytes can never be admitted */
    public void requireRoom(String field, long bytes) {
        MemoryBudget.requireAtMost(room, field, bytes);
    }

    /** The memory of the use, cut down to what its answer takes; it outlives this, and is the caller's to close. */
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
