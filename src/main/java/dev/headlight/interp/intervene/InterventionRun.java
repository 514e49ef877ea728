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
import org.jspecify.annotations.Nullable;

/**
 * A model under the interventions of a request. Every analysis runs it in place of the unmodified model. Without
 * interventions its hooks want and change nothing, and cost nothing.
 */
public final class InterventionRun implements AutoCloseable {
    private final Session session;
    private final ModelInfo info;
    private final List<PreparedIntervention> interventions;
    private final Set<HookName> held = new LinkedHashSet<>();
    private final BitSet effective = new BitSet();
    private @Nullable SourceRuns sources;

    /**
     * @param addSpecialTokens for texts in actions
     * @throws dev.headlight.model.fault.BadSelection for inputs of actions that the model rules out
     */
    public InterventionRun(Session session, List<Intervention> asked, boolean addSpecialTokens) {
        this.session = session;
        this.info = session.model().info();
        this.interventions = asked.stream()
                .map(i -> PreparedIntervention.of(session, i, addSpecialTokens))
                .toList();
        interventions.stream().filter(i -> i.action().needsOriginal()).forEach(i -> held.add(i.hook()));
    }

    /**
     * Checks the interventions against every input, then runs the other inputs of actions. Must be called once, before
     * any hooks.
     *
     * @param inputs all inputs of the request: the longest decides how many positions are drawn
     * @throws dev.headlight.model.fault.BadSelection for what an input rules out
     * @throws dev.headlight.model.fault.TooLarge if the values of other inputs would take more memory than the limits allow
     */
    public void check(List<Encoded> inputs) {
        if (sources != null) {
            throw new IllegalStateException("checked before, maybe for shorter inputs");
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

    /** The hook points whose values in the unmodified run stay in memory as long as the hooks are used. */
    public Set<HookName> held() {
        return held;
    }

    /** The first block that an intervention reaches; earlier ones are as in the unmodified run. The number of blocks for none. */
    int firstBlock() {
        int blocks = info.nLayers();
        return Math.max(
                0,
                interventions.stream()
                        .mapToInt(i -> block(i.hook(), blocks))
                        .min()
                        .orElse(blocks));
    }

    /** The block that a hook point is in; -1 below the first, and the number of blocks above the last. */
    static int block(HookName hook, int blocks) {
        if (hook.site().perLayer()) {
            return hook.layer();
        }
        return hook.site().isEmbedding() ? -1 : blocks;
    }

    /**
     * The interventions as hooks of runs on these inputs. Where an action needs the unmodified run, it is run here once,
     * without gradients: turn them on after this.
     *
     * <p>With one input, a run may have more rows. A run may hold only the last positions. The hooks change no value in
     * place.
     *
     * @param manager owner of the values kept of the unmodified run
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
     * The same for an unmodified run that is already there.
     *
     * @param original holds the values of {@link #held}
     * @param length positions of its inputs
     */
    Hooks on(Capture original, int length) {
        SourceRuns others = Objects.requireNonNull(sources, "not checked");
        InterventionHooks edits = new InterventionHooks(effective);
        for (int i = 0; i < interventions.size(); i++) {
            PreparedIntervention one = interventions.get(i);
            edits.add(i, one.action(), new EditContext(one.target(info, length), original, others.values(one)));
        }
        return edits;
    }

    /** The seed of each intervention, in order; null where it draws nothing. */
    public List<@Nullable Long> seeds() {
        List<@Nullable Long> seeds = new ArrayList<>();
        for (PreparedIntervention intervention : interventions) {
            SeededRandom random = intervention.action().seed();
            seeds.add(random == null ? null : random.seed());
        }
        return seeds;
    }

    /** After the runs: whether any intervention changed a value in any of them. */
    boolean changedSomething() {
        return !effective.isEmpty();
    }

    /** After the runs: the interventions that changed nothing in any of them. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        for (int i = 0; i < interventions.size(); i++) {
            Intervention intervention = interventions.get(i).asked();
            if (!effective.get(i)) {
                warnings.add(intervention.field() + " changed nothing: at " + intervention.hook() + " "
                        + intervention.action().whyNothingChanged());
            }
        }
        return warnings;
    }

    @Override
    public void close() {
        if (sources != null) {
            sources.close();
        }
    }
}
