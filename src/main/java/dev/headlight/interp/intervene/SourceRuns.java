package dev.headlight.interp.intervene;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.action.ReferenceRuns;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Unmodified runs on the inputs that actions name: their sources and references. Each source runs once, and only the values
 * that actions use stay in memory.
 */
final class SourceRuns implements AutoCloseable {
    private final Session session;
    private final NDManager manager;
    private final Map<List<Integer>, Map<HookName, NDArray>> values = new HashMap<>();
    private final IdentityHashMap<PreparedIntervention, NDArray> gathered = new IdentityHashMap<>();

    /**
     * Runs them.
     *
     * @param longest positions of the longest input that is edited
     * @throws dev.headlight.model.fault.TooLarge if the values would take more memory than the limits allow
     */
    SourceRuns(Session session, List<PreparedIntervention> interventions, int longest) {
        this.session = session;
        Map<List<Integer>, Set<HookName>> wanted = wanted(interventions);
        long sourceBytes = wanted.entrySet().stream()
                .mapToLong(e -> session.values(e.getValue(), e.getKey().size()))
                .sum();
        long referenceBytes = interventions.stream()
                .mapToLong(i -> session.values(List.of(i.hook()), i.action().heldPositions(longest)))
                .sum();
        session.requireHeld("interventions", sourceBytes + referenceBytes);
        this.manager = session.newManager();
        try {
            wanted.forEach(this::run);
            interventions.forEach(i -> gather(i, longest));
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
                        .add(i.hook());
            }
        }
        return wanted;
    }

    /** The values of an intervention's source or reference: {@code [1, positions, axes of the site]}; null for neither. */
    @Nullable
    NDArray values(PreparedIntervention intervention) {
        if (intervention.source() == null) {
            return gathered.get(intervention);
        }
        Map<HookName, NDArray> atHooks = Objects.requireNonNull(
                values.get(Session.boxed(intervention.source().ids())));
        return Objects.requireNonNull(atHooks.get(intervention.hook()));
    }

    private void run(List<Integer> ids, Set<HookName> hooks) {
        try (NDManager scratch = session.newManager()) {
            Capture capture = new Capture(hooks);
            int[] row = ids.stream().mapToInt(i -> i).toArray();
            session.model().forwardTo(HookedModel.ids(scratch, List.of(row)), capture);
            Map<HookName, NDArray> atHooks = new HashMap<>();
            for (HookName hook : hooks) {
                NDArray value = capture.value(hook);
                value.attach(manager);
                atHooks.put(hook, value);
            }
            values.put(ids, atHooks);
        }
    }

    private void gather(PreparedIntervention intervention, int longest) {
        if (intervention.reference() != null) {
            ReferenceRuns runs =
                    new ReferenceRuns(session, intervention.hook(), intervention.reference(), longest, manager);
            gathered.put(intervention, intervention.action().gather(runs));
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
