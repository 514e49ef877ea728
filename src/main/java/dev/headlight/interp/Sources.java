package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Capture;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What actions take from runs on other inputs; each source is run once, and only what is used is kept. */
final class Sources implements AutoCloseable {
    private final Session session;
    private final HookedModel model;
    private final NDManager manager;
    private final int longest;
    private final Map<List<Integer>, Map<HookName, NDArray>> values = new HashMap<>();
    private final IdentityHashMap<PreparedIntervention, NDArray> references = new IdentityHashMap<>();

    /**
     * @param longest positions of the longest input that is to be changed
     * @throws dev.headlight.model.TooLarge if the values would take more memory than the limits allow
     */
    Sources(Session session, List<PreparedIntervention> interventions, int longest) {
        this.session = session;
        this.model = session.model();
        this.longest = longest;
        Map<List<Integer>, Set<HookName>> wanted = wanted(interventions);
        List<HookName> drawn = interventions.stream()
                .filter(Sources::isDrawn)
                .map(i -> i.asked().hook())
                .toList();
        long held = wanted.entrySet().stream()
                .mapToLong(e -> session.values(e.getValue(), e.getKey().size()))
                .sum();
        session.requireHeld("interventions", held + session.values(drawn, longest));
        this.manager = session.newManager();
        try {
            wanted.forEach(this::run);
            interventions.stream()
                    .filter(i -> i.reference() != null)
                    .forEach(i -> references.put(i, isDrawn(i) ? draw(i) : pooled(i)));
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /** Whether it takes the values of chosen tokens of a reference, not of all. */
    private static boolean isDrawn(PreparedIntervention i) {
        return i.reference() != null && i.asked().action() instanceof Action.Resample;
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

    /**
     * What an action takes from its reference: (1, 1, …) with the site's axes, the mean over all tokens; or (1, position, …),
     * what is drawn for each position of the longest input.
     */
    NDArray ofReference(PreparedIntervention intervention) {
        return Objects.requireNonNull(references.get(intervention));
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

    private NDArray pooled(PreparedIntervention mean) {
        HookName hook = mean.asked().hook();
        NDArray total = manager.zeros(new Shape(1));
        long tokens = 0;
        for (Session.Batch batch : session.batches(mean.others(), List.of(hook))) {
            try (NDManager scratch = session.newManager()) {
                Capture capture = new Capture(List.of(hook));
                model.forwardTo(batch.ids(scratch), capture);
                total = total.add(capture.value(hook).sum(new int[] {0, 1}, true)); // the receiver's manager keeps it
                tokens += (long) batch.rows().size() * batch.length();
            }
        }
        return total.div(tokens);
    }

    /** The tokens that a resampling draws from all of its reference's: (1, position, …). */
    private NDArray draw(PreparedIntervention resampled) {
        HookName hook = resampled.asked().hook();
        Action.Resample action = (Action.Resample) resampled.asked().action();
        List<Encoded> inputs = resampled.others();
        int[] first = new int[inputs.size() + 1]; // the place of each input's first token among all
        Arrays.setAll(first, i -> i == 0 ? 0 : inputs.get(i - 1).length());
        Arrays.parallelPrefix(first, Integer::sum);
        int[] tokens = Resample.tokens(action.seed(), hook, longest, first[inputs.size()]);
        int[] place = new int[longest]; // of each position in what the batches give, one after the other
        int found = 0;
        List<NDArray> parts = new ArrayList<>();
        for (Session.Batch batch : session.batches(inputs, List.of(hook))) {
            List<Long> chosen = new ArrayList<>();
            for (int position = 0; position < longest; position++) {
                for (int row = 0; row < batch.rows().size(); row++) {
                    int at = tokens[position] - first[batch.inputs().get(row)];
                    if (at >= 0 && at < batch.length()) {
                        chosen.add((long) row * batch.length() + at);
                        place[position] = found++;
                    }
                }
            }
            if (!chosen.isEmpty()) {
                parts.add(tokens(batch, hook, chosen));
            }
        }
        Shape shape = hook.site().hasHeads()
                ? new Shape(1, longest, model.info().heads(hook.site()), -1)
                : new Shape(1, longest, -1);
        NDArray inOrder =
                Scratch.only(() -> Ops.select(Ops.concat(parts, 0), 0, place).reshape(shape));
        parts.forEach(NDArray::close);
        return inOrder;
    }

    /** Values at some tokens of a batch, counted row by row: (token, all of the site's other axes). */
    private NDArray tokens(Session.Batch batch, HookName hook, List<Long> chosen) {
        try (NDManager scratch = session.newManager()) {
            Capture capture = new Capture(List.of(hook));
            model.forwardTo(batch.ids(scratch), capture);
            NDArray table = capture.value(hook).reshape((long) batch.rows().size() * batch.length(), -1);
            NDArray ids = scratch.create(chosen.stream().mapToLong(i -> i).toArray());
            NDArray values = Ops.embedding(ids, table);
            values.attach(manager);
            return values;
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
