package dev.headlight.model.hook;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.HookedModel;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records what the parts of a run write to the residual stream, at chosen positions, before and after interventions. The
 * run must be unembedded by {@link HookedModel#unembedAt} at the same positions.
 */
public final class ResidualRecorder implements Hooks {
    private static final Set<Site> STREAM = EnumSet.of(
            Site.EMBED,
            Site.POS_EMBED,
            Site.TOKEN_TYPE_EMBED,
            Site.RESID_PRE,
            Site.Z,
            Site.ATTN_OUT,
            Site.RESID_MID,
            Site.MLP_OUT,
            Site.RESID_POST,
            Site.LN_FINAL_NORMALIZED,
            Site.LN_FINAL);

    private final Hooks interventions;
    private final Set<HookName> edited;
    private final int[] positions;
    private final Set<Site> recorded;
    private final Map<HookName, NDArray> original = new HashMap<>();
    private final Map<HookName, NDArray> values = new HashMap<>();

    /**
     * Records the positions of one run.
     *
     * @param interventions the interventions
     * @param edited the hook points at which they change what is written to the residual stream
     * @param positions indices that are recorded
     * @param sources whether attention patterns and values are recorded too
     * @param neurons whether the neurons of MLPs are recorded too
     */
    public ResidualRecorder(
            Hooks interventions, Collection<HookName> edited, int[] positions, boolean sources, boolean neurons) {
        this.interventions = interventions;
        this.edited = new HashSet<>(edited);
        this.positions = positions;
        this.recorded = EnumSet.copyOf(STREAM);
        if (sources) {
            recorded.add(Site.PATTERN);
            recorded.add(Site.V);
        }
        if (neurons) {
            recorded.add(Site.MLP_POST);
        }
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        NDArray after = interventions.wants(name) ? interventions.at(name, value) : value;
        if (recorded.contains(name.site())) {
            values.put(name, chosen(name, after));
            if (edited.contains(name)) {
                original.put(name, chosen(name, value));
            }
        }
        return after;
    }

    private NDArray chosen(HookName name, NDArray value) {
        boolean onlyChosen = name.site().isAfterBlocks() && !needsWholeUnembedding();
        boolean asItIs = onlyChosen || name.site() == Site.V; // values belong to keys
        return Scratch.keep(asItIs ? value : Ops.select(value, name.site().positionAxis() + 1, positions));
    }

    @Override
    public boolean wants(HookName name) {
        return recorded.contains(name.site()) || interventions.wants(name);
    }

    /** Depends on the interventions only: the recorder gets the chosen positions in both cases. */
    @Override
    public boolean needsWholeUnembedding() {
        return interventions.needsWholeUnembedding();
    }

    @Override
    public boolean changes(HookName name) {
        return interventions.changes(name);
    }

    /**
     * The value that the rest of the model sees.
     *
     * @return [batch, chosen position, the site's other axes]; patterns are [batch, head, chosen query, key]; values
     *     {@code v} have all positions, [batch, key, kv_head, d_head]
     */
    public NDArray seen(HookName name) {
        return Objects.requireNonNull(
                values.get(name), () -> name + " was not reached"); // fails: a wrong number would look plausible
    }

    /** The value before interventions, [batch, chosen position, ..] as {@link #seen}. */
    public NDArray original(HookName name) {
        return original.getOrDefault(name, seen(name));
    }

    /** What interventions added, [batch, chosen position, ..] as {@link #seen}; null if they do not act here. */
    public @Nullable NDArray added(HookName name) {
        NDArray before = original.get(name);
        return before == null ? null : seen(name).sub(before);
    }

    /** Whether this site is recorded. */
    public boolean records(Site site) {
        return recorded.contains(site);
    }
}
