package dev.headlight.model;

import ai.djl.ndarray.NDArray;
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
 * What the parts of a run write to the residual stream at chosen positions, and apart from it what interventions make of
 * that.
 */
public final class StreamReader implements Hooks {
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

    private final Hooks altered;
    private final Set<HookName> edited;
    private final int[] positions;
    private final Set<Site> read;
    private final Map<HookName, NDArray> own = new HashMap<>();
    private final Map<HookName, NDArray> seen = new HashMap<>();
    private boolean narrowed;

    /**
     * @param altered the interventions
     * @param edited where they change what is written
     * @param sources whether patterns and values are read too
     * @param neurons whether those of the MLPs are read too
     */
    public StreamReader(Hooks altered, Collection<HookName> edited, int[] positions, boolean sources, boolean neurons) {
        this.altered = altered;
        this.edited = new HashSet<>(edited);
        this.positions = positions;
        this.read = EnumSet.copyOf(STREAM);
        if (sources) {
            read.add(Site.PATTERN);
            read.add(Site.V);
        }
        if (neurons) {
            read.add(Site.MLP_POST);
        }
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        NDArray after = altered.wants(name) ? altered.at(name, value) : value;
        if (read.contains(name.site())) {
            seen.put(name, chosen(name, after));
            if (edited.contains(name)) {
                own.put(name, chosen(name, value));
            }
        }
        return after;
    }

    private NDArray chosen(HookName name, NDArray value) {
        boolean whole = narrowed || name.site() == Site.V; // which are the keys'
        return Scratch.keep(whole ? value : Ops.select(value, name.site().isAttention() ? 2 : 1, positions));
    }

    /** From here on the run goes on at the chosen positions alone. */
    public void narrow() {
        narrowed = true;
    }

    @Override
    public boolean wants(HookName name) {
        return read.contains(name.site()) || altered.wants(name);
    }

    @Override
    public boolean changes(HookName name) {
        return altered.changes(name);
    }

    /** What the rest of the model sees (batch, position, …); the queries of patterns (batch, head, query, key), all values. */
    public NDArray seen(HookName name) {
        return Objects.requireNonNull(
                seen.get(name), () -> name + " was not reached"); // never a plausible wrong number
    }

    /** What the model itself made, before interventions. */
    public NDArray own(HookName name) {
        return own.getOrDefault(name, seen(name));
    }

    /** What interventions added; null where there are none. */
    public @Nullable NDArray added(HookName name) {
        NDArray before = own.get(name);
        return before == null ? null : seen(name).sub(before);
    }

    public boolean isRead(Site site) {
        return read.contains(site);
    }
}
