package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Capture;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What patches and means take from runs on other inputs; each input is run once, and only what is used is kept. */
final class Sources implements AutoCloseable {
    private final Session session;
    private final HookedModel model;
    private final NDManager manager;
    private final Map<List<Integer>, Map<HookName, NDArray>> values = new HashMap<>();
    private final IdentityHashMap<PreparedIntervention, NDArray> means = new IdentityHashMap<>();

    /** @throws dev.headlight.model.TooLarge if the values would take more memory than the limits allow */
    Sources(Session session, List<PreparedIntervention> interventions) {
        this.session = session;
        this.model = session.model();
        Map<List<Integer>, Set<HookName>> wanted = wanted(interventions);
        session.requireHeld("interventions", wanted);
        this.manager = session.newManager();
        try {
            wanted.forEach(this::run);
            interventions.stream()
                    .filter(i -> i.reference() != null)
                    .forEach(i -> means.put(i, pooled(i.asked().hook(), i.reference())));
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    private static Map<List<Integer>, Set<HookName>> wanted(List<PreparedIntervention> interventions) {
        Map<List<Integer>, Set<HookName>> wanted = new LinkedHashMap<>();
        for (PreparedIntervention i : interventions) {
            if (i.source() != null) {
                wanted.computeIfAbsent(Session.boxed(i.source().ids()), s -> new LinkedHashSet<>())
                        .add(i.asked().hook());
            }
        }
        return wanted;
    }

    /** The patched hook point's value in the run on the source: (1, …) with the site's axes. */
    NDArray value(PreparedIntervention patch) {
        Map<HookName, NDArray> run =
                Objects.requireNonNull(values.get(Session.boxed(patch.patched().ids())));
        return Objects.requireNonNull(run.get(patch.asked().hook()));
    }

    /** The mean over all tokens of the reference: (1, 1, …). */
    NDArray mean(PreparedIntervention mean) {
        return Objects.requireNonNull(means.get(mean));
    }

    private void run(List<Integer> ids, Set<HookName> hooks) {
        try (NDManager scratch = session.newManager()) {
            Capture capture = new Capture(hooks);
            model.forwardTo(
                    HookedModel.ids(
                            scratch, List.of(ids.stream().mapToInt(i -> i).toArray())),
                    capture);
            Map<HookName, NDArray> kept = new HashMap<>();
            for (HookName hook : hooks) {
                NDArray value = capture.value(hook);
                value.attach(manager);
                kept.put(hook, value);
            }
            values.put(ids, kept);
        }
    }

    private NDArray pooled(HookName hook, List<Encoded> reference) {
        NDArray total = manager.zeros(new Shape(1));
        long tokens = 0;
        for (Session.Batch batch : session.batches(reference, List.of(hook))) {
            try (NDManager scratch = session.newManager()) {
                Capture capture = new Capture(List.of(hook));
                model.forwardTo(batch.ids(scratch), capture);
                total = total.add(capture.value(hook).sum(new int[] {0, 1}, true)); // the receiver's manager keeps it
                tokens += (long) batch.rows().size() * batch.length();
            }
        }
        return total.div(tokens);
    }

    @Override
    public void close() {
        manager.close();
    }
}
