package dev.headlight.model.store;

import dev.headlight.model.HookedModel;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.fault.TooLarge;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Admits uses of models: each model is loaded once, used by many, and dropped when another needs the memory and nobody uses
 * it.
 *
 * <p>A request that must load or wait does so alone. It holds at most one model, and waits only for requests that already
 * compute and wait for nothing. So two requests never wait for each other's memory.
 */
final class Residency implements AutoCloseable {
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

        /** The bytes that its weights will take. */
        long bytes();

        /** @throws ModelRefused for what cannot be loaded exactly */
        HookedModel load();
    }

    private final MemoryBudget budget;
    private final Duration patience;
    private final LoadedModels models;
    private final ReentrantLock admission = new ReentrantLock(true);
    private volatile @Nullable String loading;

    /** @param patience how long a request waits for memory */
    Residency(MemoryBudget budget, Duration patience) {
        this.budget = budget;
        this.patience = patience;
        this.models = new LoadedModels(budget);
    }

    /**
     * A model for one use, with memory for it.
     *
     * @param field of the request that asks for the memory
     * @param prepare prepares the use; called again only if the model had to be loaded again meanwhile
     * @throws TooLarge if weights or use are larger than the budget
     * @throws MemoryBudget.NotEnoughMemory if they do not fit in time
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
            LoadedModels.Resident resident = models.use(wanted.id(), files);
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
        throw budget.waitedTooLong();
    }

    /** Admits at once, without waiting or loading; empty where that is not possible. */
    private <P extends Admission.Prepared> Optional<Admission<P>> admitNow(
            String id, Checkpoint.Fingerprint files, Preparation<P> preparation) {
        LoadedModels.Resident resident = models.use(id, files);
        if (resident == null) {
            return Optional.empty();
        }
        Optional<Admission<P>> admitted = Optional.empty();
        try {
            P prepared = preparation.on(resident.model());
            admitted = budget.tryTake(prepared.bytes()).map(memory -> admission(resident, prepared, memory));
        } finally {
            if (admitted.isEmpty()) {
                models.release(resident);
            }
        }
        return admitted;
    }

    private <P extends Admission.Prepared> Admission<P> admit(
            LoadedModels.Resident resident, String field, Preparation<P> preparation) {
        try {
            P prepared = preparation.on(resident.model());
            return admission(
                    resident, prepared, budget.take(field, prepared.bytes(), largestUse(resident), models::evict, patience));
        } catch (RuntimeException | Error e) {
            models.release(resident);
            throw e;
        }
    }

    private <P extends Admission.Prepared> Admission<P> admission(
            LoadedModels.Resident resident, P prepared, MemoryBudget.Reservation memory) {
        return new Admission<>(resident.model(), prepared, largestUse(resident), memory, () -> models.release(resident));
    }

    /** The bytes that a use of the model has when nothing else is in memory. */
    private long largestUse(LoadedModels.Resident resident) {
        return budget.total() - resident.weightBytes();
    }

    private LoadedModels.Resident loaded(Loadable wanted, Checkpoint.Fingerprint files) {
        MemoryBudget.Reservation weights =
                budget.take("model", wanted.bytes(), budget.total(), models::evict, patience);
        try {
            HookedModel model = wanted.load();
            if (!wanted.files().equals(files)) {
                model.close();
                throw new ModelRefused("its files changed while they were read");
            }
            return models.add(wanted.id(), model, files, weights);
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

    /** Drops a model at the end of its last use; nothing happens where it is not in memory. */
    void drop(String id) {
        models.drop(id);
    }

    /** The model that is in memory, for a look and not for use; null where it is not there. */
    @Nullable
    HookedModel peek(String id) {
        return models.peek(id);
    }

    @Override
    public void close() {
        models.close();
    }
}
