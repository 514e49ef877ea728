package dev.headlight.interp.intervene;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.action.EditContext;
import dev.headlight.interp.intervene.action.SeededRandom;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model under the interventions of a request. Every analysis runs it in place of the unmodified model. Without
 * interventions its hooks want and change nothing, and cost nothing.
 */
public final class InterventionRun implements AutoCloseable {
    private static final int MOST_NAMED = 5; // hook points in one warning

    private final Session session;
    private final ModelInfo info;
    private final List<PreparedIntervention> interventions;
    private final Set<HookName> held = new LinkedHashSet<>();
    private final BitSet effective = new BitSet();
    private final BitSet emptied = new BitSet();
    private @Nullable SourceRuns sources;

    /**
     * Encodes the inputs that the actions name. Nothing is run yet.
     *
     * @param requested the interventions, in order
     * @param addSpecialTokens whether texts in actions get special tokens
     * @throws dev.headlight.model.fault.BadSelection for inputs of actions that the model rules out
     */
    public InterventionRun(Session session, List<Intervention> requested, boolean addSpecialTokens) {
        this.session = session;
        this.info = session.model().info();
        this.interventions = requested.stream()
                .map(i -> PreparedIntervention.of(session, i, addSpecialTokens))
                .toList();
        interventions.stream().filter(i -> i.action().needsOriginal()).forEach(i -> held.add(i.hook()));
    }

    /**
     * Checks the interventions against every input, then runs the inputs that the actions name. Must be called once,
     * before any hooks.
     *
     * @param inputs all inputs of the request; the longest decides for how many positions random values are drawn
     * @throws dev.headlight.model.fault.BadSelection for an action or a slice that an input rules out
     * @throws dev.headlight.model.fault.TooLarge if the values of other inputs would take more memory than the limits allow
     */
    public void check(List<Encoded> inputs) {
        if (sources != null) {
            throw new IllegalStateException("the interventions were checked already, maybe for shorter inputs");
        }
        for (Encoded input : inputs) {
            interventions.forEach(i -> i.check(info, input.length()));
        }
        int longest = inputs.stream().mapToInt(Encoded::length).max().orElse(0);
        sources = new SourceRuns(session, interventions, longest);
    }

    /** Whether no position of a run depends on a later one. */
    public boolean isCausal() {
        return info.causal()
                && interventions.stream()
                        .noneMatch(i -> i.action().maySeeAhead(i.hook().site()));
    }

    /** Hook points whose unmodified values the actions need; these stay in memory as long as the hooks are used. */
    public Set<HookName> held() {
        return held;
    }

    /**
     * The first block that an intervention reaches; the number of blocks if they reach none. Earlier blocks compute the
     * same as in the unmodified run.
     */
    int firstBlock() {
        int blocks = info.nLayers();
        return Math.max(
                0,
                interventions.stream()
                        .mapToInt(i -> block(i.hook(), blocks))
                        .min()
                        .orElse(blocks));
    }

    /** The block that a hook point is in; -1 for the embedding, and the number of blocks after the last block. */
    static int block(HookName hook, int blocks) {
        if (hook.site().perLayer()) {
            return hook.layer();
        }
        return hook.site().isEmbedding() ? -1 : blocks;
    }

    /**
     * The interventions as hooks of runs on these inputs. If an action needs the unmodified run, it is run here once,
     * without gradients: turn them on after this.
     *
     * <p>With one input, a run may have more rows than that. A run may hold only the last positions. The hooks change no value
     * in place.
     *
     * @param manager owner of the unmodified values that the actions need
     * @param rows token ids, all of one length
     */
    public Hooks on(NDManager manager, List<int[]> rows) {
        Capture original = new Capture(held);
        if (!held.isEmpty()) {
            try (NDManager scratch = session.newManager()) {
                session.model().forwardTo(HookedModel.ids(scratch, rows), original);
                for (HookName hook : held) {
                    NDArray value = original.value(hook);
                    value.attach(manager);
                }
            }
        }
        return on(original, rows.get(0).length);
    }

    /**
     * The same, if the unmodified run was done already.
     *
     * @param original holds the values of {@link #held}
     * @param length positions of its inputs
     */
    Hooks on(Capture original, int length) {
        SourceRuns runs = Objects.requireNonNull(sources, "not checked");
        InterventionHooks edits = new InterventionHooks(effective, emptied);
        for (int i = 0; i < interventions.size(); i++) {
            PreparedIntervention prepared = interventions.get(i);
            edits.add(
                    i,
                    prepared.action(),
                    new EditContext(prepared.target(info, length), original, runs.values(prepared)));
        }
        return edits;
    }

    /** The seed of each intervention of the request, in order; null for an intervention without randomness. */
    public List<@Nullable Long> seeds() {
        List<@Nullable Long> seeds = new ArrayList<>();
        for (int i = 0; i < interventions.size(); i++) {
            if (startsAnother(i)) {
                SeededRandom random = interventions.get(i).action().seed();
                seeds.add(random == null ? null : random.seed());
            }
        }
        return seeds;
    }

    /** Whether an intervention is not the one before it, at another hook point. */
    private boolean startsAnother(int i) {
        if (i == 0) {
            return true;
        }
        Intervention one = interventions.get(i).intervention();
        Intervention before = interventions.get(i - 1).intervention();
        return !one.field().equals(before.field()) || one.action() != before.action();
    }

    /** After the runs: whether any intervention changed a value in any of them. */
    boolean changedSomething() {
        return !effective.isEmpty();
    }

    /** After the runs: the interventions that changed nothing in any of them, and those that masked whole rows. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        for (int from = 0; from < interventions.size(); ) {
            int to = from + 1;
            while (to < interventions.size() && !startsAnother(to)) {
                to++;
            }
            Intervention first = interventions.get(from).intervention();
            BitSet without = (BitSet) effective.clone();
            without.flip(from, to);
            warn(
                    warnings,
                    first.field() + " changed nothing: at ",
                    without.get(from, to),
                    from,
                    " " + first.action().whyNothingChanged());
            warn(
                    warnings,
                    first.field() + " masks every key of a query: at ",
                    emptied.get(from, to),
                    from,
                    " that query attends to nothing, and its pattern is 0 everywhere instead of summing to 1");
            from = to;
        }
        return warnings;
    }

    /** @param which interventions the warning is about, counted from {@code from}; none for no warning */
    private void warn(List<String> warnings, String start, BitSet which, int from, String end) {
        if (!which.isEmpty()) {
            String hooks = which.stream()
                    .limit(MOST_NAMED)
                    .mapToObj(i -> interventions.get(from + i).hook().toString())
                    .collect(Collectors.joining(", "));
            int more = which.cardinality() - MOST_NAMED;
            warnings.add(start + hooks + (more > 0 ? " and " + more + " more" : "") + end);
        }
    }

    @Override
    public void close() {
        if (sources != null) {
            sources.close();
        }
    }
}
