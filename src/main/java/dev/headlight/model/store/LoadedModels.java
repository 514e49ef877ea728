package dev.headlight.model.store;

import dev.headlight.model.HookedModel;
import dev.headlight.model.checkpoint.Checkpoint;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The models in memory, and how many requests use each. A model that is dropped is closed by its last user. */
final class LoadedModels implements AutoCloseable {
    /** A model in memory. */
    static final class Resident {
        private final HookedModel model;
        private final Checkpoint.Fingerprint files;
        private final MemoryBudget.Reservation weights;
        private int users;
        private long used; // when it was last used, by the clock of uses
        private boolean retired; // dropped: no new user finds it

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
    private long clock;

    /** @param budget whose waiting requests are woken when a model becomes idle */
    LoadedModels(MemoryBudget budget) {
        this.budget = budget;
    }

    /**
     * Adds a model that was just loaded, with its first user.
     *
     * @param weights the memory of its weights, which is given back when the model is closed
     */
    synchronized Resident add(
            String id, HookedModel model, Checkpoint.Fingerprint files, MemoryBudget.Reservation weights) {
        Resident resident = new Resident(model, files, weights);
        resident.users = 1;
        resident.used = ++clock;
        residents.put(id, resident);
        return resident;
    }

    /** The model with one more user; null if it is not in memory, or if its files are no longer these. */
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
                resident.used = ++clock;
                return resident;
            }
            stale = retire(id, resident) ? resident : null;
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
            last = resident.retired && resident.users == 0;
        }
        if (last) {
            resident.close();
        } else {
            budget.retryWaiting();
        }
    }

    /** Takes a model off the list; true if nobody uses it, so that the caller must close it. */
    private boolean retire(String id, Resident resident) {
        residents.remove(id);
        resident.retired = true;
        return resident.users == 0;
    }

    /** Drops the model that was used least recently and is used by nobody; false where there is none. */
    boolean evict() {
        Resident dropped;
        synchronized (this) {
            Optional<Map.Entry<String, Resident>> idle = residents.entrySet().stream()
                    .filter(e -> e.getValue().users == 0)
                    .min(Comparator.comparingLong(e -> e.getValue().used));
            if (idle.isEmpty()) {
                return false;
            }
            dropped = idle.get().getValue();
            retire(idle.get().getKey(), dropped);
        }
        dropped.close();
        return true;
    }

    /** Drops a model at the end of its last use; nothing happens where it is not in memory. */
    void drop(String id) {
        Resident idle;
        synchronized (this) {
            Resident resident = residents.get(id);
            idle = resident != null && retire(id, resident) ? resident : null;
        }
        if (idle != null) {
            idle.close();
        }
    }

    /** The model that is in memory, for a look and not for use; null where it is not there. */
    synchronized @Nullable HookedModel peek(String id) {
        Resident resident = residents.get(id);
        return resident == null ? null : resident.model;
    }

    @Override
    public synchronized void close() {
        residents.values().forEach(Resident::close);
        residents.clear();
    }
}
