package dev.headlight.model;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The models in memory: each loaded once, used by many, and dropped when another needs the room and nobody uses it.
 *
 * <p>Whoever must load or wait does so one at a time, holding at most one model and waiting only for those that compute
 * already and wait for nothing: so that two requests never wait for each other's memory.
 */
final class Residency implements AutoCloseable {
    /** A model in memory, and how many use it. */
    private static final class Resident {
        private final HookedModel model;
        private final Checkpoint.Fingerprint files;
        private final MemoryBudget.Reservation weights;
        private int users;
        private long used; // by the clock of uses
        private boolean retired; // not to be found any more; closed by its last user

        private Resident(HookedModel model, Checkpoint.Fingerprint files, MemoryBudget.Reservation weights) {
            this.model = model;
            this.files = files;
            this.weights = weights;
        }

        private void close() {
            model.close();
            weights.close();
        }
    }

    /**
     * Prepares a use at most once for each loaded model. An admission that has to wait asks again afterwards; it gets the
     * same work unless the model was dropped and loaded again meanwhile.
     */
    private static final class Preparation<P> {
        private final Function<HookedModel, P> prepare;
        private @Nullable HookedModel model;
        private @Nullable P prepared;

        private Preparation(Function<HookedModel, P> prepare) {
            this.prepare = prepare;
        }

        private P on(HookedModel loaded) {
            P done = prepared;
            if (done == null || model != loaded) {
                done = prepare.apply(loaded);
                model = loaded;
                prepared = done;
            }
            return done;
        }
    }

    /** A checkpoint that can become a model. */
    interface Loadable {
        String id();

        Checkpoint.Fingerprint files();

        /** What its weights will take. */
        long bytes();

        HookedModel load();
    }

    private final MemoryBudget budget;
    private final Duration patience;
    private final ReentrantLock admission = new ReentrantLock(true);
    private final Map<String, Resident> residents = new HashMap<>();
    private long clock;
    private volatile @Nullable String loading;

    /** @param patience how long a request waits for memory */
    Residency(MemoryBudget budget, Duration patience) {
        this.budget = budget;
        this.patience = patience;
    }

    /**
     * A model for one use, with memory for it.
     *
     * @param field of the request that asks for the memory
     * @param prepare prepares the use; called again only if the model had to be loaded again meanwhile
     * @throws TooLarge if weights or use are larger than the budget
     * @throws MemoryBudget.NoRoom if they do not fit in time
     */
    <P extends Admission.Prepared> Admission<P> admit(Loadable wanted, String field, Function<HookedModel, P> prepare) {
        Preparation<P> preparation = new Preparation<>(prepare);
        Checkpoint.Fingerprint files = wanted.files();
        Optional<Admission<P>> now = admitNow(wanted.id(), files, preparation);
        if (now.isPresent()) {
            return now.get();
        }
        lock();
        try {
            Resident resident = use(wanted.id(), files);
            return admit(resident == null ? loaded(wanted, files) : resident, field, preparation);
        } finally {
            admission.unlock();
        }
    }

    private void lock() {
        try {
            if (admission.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw budget.noRoom();
    }

    /** Admits at once, without waiting or loading; empty where that is not possible. */
    private <P extends Admission.Prepared> Optional<Admission<P>> admitNow(
            String id, Checkpoint.Fingerprint files, Preparation<P> preparation) {
        Resident resident = use(id, files);
        if (resident == null) {
            return Optional.empty();
        }
        Optional<Admission<P>> admitted = Optional.empty();
        try {
            P prepared = preparation.on(resident.model);
            admitted = budget.tryTake(prepared.bytes()).map(memory -> admission(resident, prepared, memory));
        } finally {
            if (admitted.isEmpty()) {
                release(resident);
            }
        }
        return admitted;
    }

    private <P extends Admission.Prepared> Admission<P> admit(
            Resident resident, String field, Preparation<P> preparation) {
        try {
            P prepared = preparation.on(resident.model);
            return admission(
                    resident, prepared, budget.take(field, prepared.bytes(), room(resident), this::evict, patience));
        } catch (RuntimeException | Error e) {
            release(resident);
            throw e;
        }
    }

    private <P extends Admission.Prepared> Admission<P> admission(
            Resident resident, P prepared, MemoryBudget.Reservation memory) {
        return new Admission<>(resident.model, prepared, room(resident), memory, () -> release(resident));
    }

    /** What a use of the model can ever have. */
    private long room(Resident resident) {
        return budget.total() - resident.weights.bytes();
    }

    private Resident loaded(Loadable wanted, Checkpoint.Fingerprint files) {
        MemoryBudget.Reservation weights = budget.take("model", wanted.bytes(), budget.total(), this::evict, patience);
        try {
            HookedModel model = wanted.load();
            if (!wanted.files().equals(files)) {
                model.close();
                throw new ModelRefused("its files changed while they were read");
            }
            Resident resident = new Resident(model, files, weights);
            resident.users = 1;
            synchronized (this) {
                resident.used = ++clock;
                residents.put(wanted.id(), resident);
            }
            return resident;
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        } finally {
            loading = null;
        }
    }

    boolean isLoading(String id) {
        return id.equals(loading);
    }

    /** The model, if it is in memory and its files are still these. */
    private @Nullable Resident use(String id, Checkpoint.Fingerprint files) {
        Resident stale = null;
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

    private void release(Resident resident) {
        boolean last;
        synchronized (this) {
            resident.users--;
            last = resident.retired && resident.users == 0;
        }
        if (last) {
            resident.close();
        } else {
            budget.wake();
        }
    }

    /** Whether nobody uses it, so that the caller is to close it. */
    private boolean retire(String id, Resident resident) {
        residents.remove(id);
        resident.retired = true;
        return resident.users == 0;
    }

    /** Drops the model that was used least recently and is used by nobody. */
    private boolean evict() {
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

    /** Drops a model, at the end of its last use; false where it is not in memory. */
    boolean drop(String id) {
        Resident idle;
        synchronized (this) {
            Resident resident = residents.get(id);
            if (resident == null) {
                return false;
            }
            idle = retire(id, resident) ? resident : null;
        }
        if (idle != null) {
            idle.close();
        }
        return true;
    }

    /** The model as it is in memory, not to be kept; null where it is not there. */
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
