package dev.headlight.interp;

import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.model.HookName;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Site;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The paths from each cell, the sender, to the receivers: what every other layer writes is as in the unpatched run.
 *
 * <p>What a layer's attention and (where {@code freezeMlps}) its MLP write is frozen, unless the sender is in it. Norms are
 * computed, so that a path goes through those on its way.
 *
 * @param regions what of each receiver takes part, by hook point
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, section 3.1 and appendix B</a>
 * @see <a href="https://arxiv.org/abs/2304.05969">Goldowsky-Dill et al., 2023</a>
 */
record Paths(Map<HookName, List<HookSlice>> regions, boolean freezeMlps) {

    static Paths of(List<Receiver> receivers, boolean freezeMlps, ModelInfo info, int length) {
        Map<HookName, List<HookSlice>> regions = new LinkedHashMap<>();
        for (Receiver receiver : receivers) {
            regions.computeIfAbsent(receiver.hook(), hook -> new ArrayList<>()).add(receiver.region(info, length));
        }
        return new Paths(regions, freezeMlps);
    }

    Set<HookName> receivers() {
        return regions.keySet();
    }

    /** The hook points at which the unpatched run is put back for some sender, from a layer on. */
    Set<HookName> frozen(int lowest, int layers) {
        Set<HookName> frozen = new LinkedHashSet<>();
        for (int layer = lowest; layer < layers; layer++) {
            frozen.add(new HookName(layer, Site.ATTN_OUT));
            if (freezeMlps) {
                frozen.add(new HookName(layer, Site.MLP_OUT));
            }
        }
        return frozen;
    }

    /** Whether some sender's row has what the unpatched run has at a hook point. */
    boolean mayFreeze(HookName hook) {
        return hook.site() == Site.ATTN_OUT || (freezeMlps && hook.site() == Site.MLP_OUT);
    }

    /** Whether a sender's row has what the unpatched run has at a hook point. */
    boolean freezes(HookName hook, HookName sender) {
        if (!mayFreeze(hook)) {
            return false;
        }
        boolean attention = hook.site() == Site.ATTN_OUT;
        boolean behind =
                attention ? sender.site() == Site.RESID_PRE : sender.site().compareTo(Site.MLP_PRE) < 0;
        return hook.layer() > sender.layer() || (hook.layer() == sender.layer() && behind);
    }
}
