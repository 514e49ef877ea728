package dev.headlight.model.store;

import dev.headlight.model.HookedModel;
import dev.headlight.model.checkpoint.Checkpoint;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The models in memory, with the number of requests that use each. A dropped model is closed at the end of its last
 * use.
 */
final class LoadedModels implements AutoCloseable {
    /** A model in memory. */
    static final class Resident {
        private final HookedModel model;
        private final Checkpoint.Fingerprint files;
        private final MemoryBudget.Reservation weights;
        private int users;
        private long lastUse; // value of the use counter at its last use
        private boolean dropped; // no new request can use it

        private Resident(HookedModel model, Checkpoint.Fingerprint files, MemoryBudget.Reservation weights) {
            this.model = model;
            this.files = files;
            this.weights = weights;
        }

        HookedModel model() {
            return model;
        }

        long weightBytes() {
            return weights.bytes();
        }

        private void close() {
            model.close();
            weights.close();
        }
    }

    private final MemoryBudget budget;
    private final Map<String, Resident> residents = new HashMap<>();
    private long uses;

    /** @param budget its waiting requests try again when a model becomes idle */
    LoadedModels(MemoryBudget budget) {
        this.budget = budget;
    }

    /**
     * Adds a model that was just loaded, with its first user.
     *
     * @param weights the memory of its weights, which is released when the model is closed
     */
    synchronized Resident add(
            String id, HookedModel model, Checkpoint.Fingerprint files, MemoryBudget.Reservation weights) {
        Resident resident = new Resident(model, files, weights);
        resident.users = 1;
        resident.lastUse = ++uses;
        residents.put(id, resident);
        return resident;
    }

    /** Starts a use of a model; null if the model is not in memory, or was loaded from files that have changed since. */
    @Nullable
    Resident use(String id, Checkpoint.Fingerprint files) {
        Resident stale;
        synchronized (this) {
            Resident resident = residents.get(id);
            if (resident == null) {
                return null;
            }
            if (resident.files.equals(files)) {
                resident.users++;
                resident.lastUse = ++uses;
                return resident;
            }
            stale = removeFromList(id, resident) ? resident : null;
        }
        if (stale != null) {
            stale.close();
        }
        return null;
    }

    /** Ends one use of a model. */
    void release(Resident resident) {
        boolean last;
        synchronized (this) {
            resident.users--;
            last = resident.dropped && resident.users == 0;
        }
        if (last) {
            resident.close();
        } else {
            budget.retryWaiting();
        }
    }

    /** Removes a model; returns true if no request uses it, so that the caller must close it. */
    private boolean removeFromList(String id, Resident resident) {
        residents.remove(id);
        resident.dropped = true;
        return resident.users == 0;
    }

    /** Drops the least recently used of the models that no request uses; returns false if every model is in use. */
    boolean evict() {
        Resident evicted;
        synchronized (this) {
            Optional<Map.Entry<String, Resident>> idle = residents.entrySet().stream()
                    .filter(e -> e.getValue().users == 0)
                    .min(Comparator.comparingLong(e -> e.getValue().lastUse));
            if (idle.isEmpty()) {
                return false;
            }
            evicted = idle.get().getValue();
            removeFromList(idle.get().getKey(), evicted);
        }
        evicted.close();
        return true;
    }

    /** Drops a model at the end of its last use. Does nothing if it is not in memory. */
    void drop(String id) {
        Resident idle;
        synchronized (this) {
            Resident resident = residents.get(id);
            idle = resident != null && removeFromList(id, resident) ? resident : null;
        }
        if (idle != null) {
            idle.close();
        }
    }

    /**
     * A loaded model, to read its description and not to run it; null if it is not in memory, or was loaded from files
     * that have changed since.
     */
    synchronized @Nullable HookedModel peek(String id, Checkpoint.Fingerprint files) {
        Resident resident = residents.get(id);
        return resident == null || !resident.files.equals(files) ? null : resident.model;
    }

    @Override
    public synchronized void close() {
        residents.values().forEach(Resident::close);
        residents.clear();
    }
}
