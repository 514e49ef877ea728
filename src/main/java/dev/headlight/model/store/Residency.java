package dev.headlight.model.store;

import dev.headlight.model.HookedModel;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.model.schedule.PassScheduler;
import dev.headlight.tensor.PackedWeight;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Admits uses of models. Each model is loaded once and shared by all its uses. It is dropped when it is idle and its
 * memory is needed.
 *
 * <p>Loading and waiting are serialised. A waiting request holds at most one model, and waits only for running requests,
 * which wait for nothing. So waits cannot form a cycle.
 */
final class Residency implements AutoCloseable {
    /**
     * Prepares a use at most once per loaded model. A request that had to wait gets the same result again, unless the
     * model was dropped and loaded again in the meantime.
     */
    private static final class Preparation<P> {
        private final Function<HookedModel, P> prepare;
        private @Nullable HookedModel model;
        private @Nullable P prepared;

        private Preparation(Function<HookedModel, P> prepare) {
            this.prepare = prepare;
        }

        private P on(HookedModel loaded) {
            P result = prepared;
            if (result == null || model != loaded) {
                result = prepare.apply(loaded);
                model = loaded;
                prepared = result;
            }
            return result;
        }
    }

    /** A checkpoint that can become a model. */
    interface Loadable {
        String id();

        Checkpoint.Fingerprint files();

        /**
         * Bytes of its weights in memory.
         *
         * @throws ModelRefused if it can be seen before loading that it cannot be loaded
         */
        long bytes();

        /** @throws ModelRefused if it cannot be loaded exactly */
        HookedModel load();
    }

    private final MemoryBudget budget;
    private final Duration wait;
    private final LoadedModels models;
    private final Turn admission = new Turn();
    private volatile @Nullable String loading;

    /**
     * No models yet.
     *
     * @param wait how long a request waits for memory
     */
    Residency(MemoryBudget budget, Duration wait) {
        this.budget = budget;
        this.wait = wait;
        this.models = new LoadedModels(budget);
    }

    /**
     * Admits one use of a model, and loads the model first if necessary.
     *
     * @param field of the request that asks for the memory
     * @param prepare prepares the use; called again only if the model is dropped and loaded again while the request waits
     * @throws TooLarge if weights or use are larger than the budget
     * @throws MemoryBudget.NotEnoughMemory if they do not fit in time
     * @throws dev.headlight.model.schedule.Cancelled if the request is cancelled while it waits
     */
    <P extends Admission.Prepared> Admission<P> admit(Loadable wanted, String field, Function<HookedModel, P> prepare) {
        Preparation<P> preparation = new Preparation<>(prepare);
        Checkpoint.Fingerprint files = wanted.files();
        Optional<Admission<P>> atOnce = admitNow(wanted.id(), files, preparation);
        if (atOnce.isPresent()) {
            return atOnce.get();
        }
        awaitTurn();
        try {
            LoadedModels.Resident resident = models.use(wanted.id(), files);
            return admit(resident == null ? loaded(wanted, files) : resident, field, preparation);
        } finally {
            admission.leave();
        }
    }

    private void awaitTurn() {
        long start = System.nanoTime();
        try {
            if (admission.enter(wait)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Cancellation.current().waited(System.nanoTime() - start);
        }
        throw budget.waitedTooLong();
    }

    /** Admits without waiting or loading; empty if that is not possible. */
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
                    resident,
                    prepared,
                    budget.take(field, prepared.bytes(), largestUse(resident), models::evict, wait));
        } catch (RuntimeException | Error e) {
            models.release(resident);
            throw e;
        }
    }

    private <P extends Admission.Prepared> Admission<P> admission(
            LoadedModels.Resident resident, P prepared, MemoryBudget.Reservation memory) {
        return new Admission<>(
                resident.model(), prepared, largestUse(resident), memory, () -> models.release(resident));
    }

    /** Bytes that remain for a use of the model when nothing else is in memory. */
    private long largestUse(LoadedModels.Resident resident) {
        return budget.total() - resident.weightBytes();
    }

    private LoadedModels.Resident loaded(Loadable wanted, Checkpoint.Fingerprint files) {
        MemoryBudget.Reservation weights = budget.take("model", wanted.bytes(), budget.total(), models::evict, wait);
        loading = wanted.id();
        PassScheduler.prepareSubmitter();
        try {
            HookedModel model = wanted.load();
            if (!wanted.files().equals(files)) {
                model.close();
                throw new ModelRefused("its files changed while they were read");
            }
            pack(model, weights);
            long most = budget.total() - weights.bytes();
            model.text().reserveFrom((field, bytes) -> budget.takeNow(field, bytes, most, models::evict));
            return models.add(wanted.id(), model, files, weights);
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        } finally {
            loading = null;
        }
    }

    /** Packs the weights of a model if both copies leave half of the budget to requests and other models. */
    private void pack(HookedModel model, MemoryBudget.Reservation weights) {
        long bytes = model.packedBytes(PackedWeight.SMALLEST);
        if (bytes > 0 && weights.bytes() + bytes <= budget.total() / 2) {
            budget.tryTake(bytes).ifPresent(memory -> {
                weights.add(memory);
                model.pack(PackedWeight.SMALLEST);
            });
        }
    }

    boolean isLoading(String id) {
        return id.equals(loading);
    }

    /** Drops a model at the end of its last use. Does nothing if it is not in memory. */
    void drop(String id) {
        models.drop(id);
    }

    /**
     * A loaded model, to read its description and not to run it; null if it is not in memory, or was loaded from files
     * that have changed since.
     */
    @Nullable
    HookedModel peek(String id, Checkpoint.Fingerprint files) {
        return models.peek(id, files);
    }

    @Override
    public void close() {
        models.close();
    }
}
