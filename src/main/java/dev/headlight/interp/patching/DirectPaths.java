package dev.headlight.interp.patching;

import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The direct paths of path patching, from the sender that a cell patches to the receivers. All layers between them are frozen:
 * they write the same as in the base run.
 *
 * <p>The outputs of every attention layer and (if {@code freezeMlps}) of every MLP are frozen, except the one that contains the
 * sender. Norms are recomputed, so paths pass through them.
 *
 * @param slices of the receivers, by hook point
 * @param freezeMlps whether MLPs are frozen too
 * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, section 3.1 and appendix B</a>
 * @see <a href="https://arxiv.org/abs/2304.05969">Goldowsky-Dill et al., 2023</a>
 */
record DirectPaths(Map<HookName, List<HookSlice>> slices, boolean freezeMlps) {

    /** The paths to these receivers, for an input of {@code length} tokens. */
    static DirectPaths of(List<Receiver> receivers, boolean freezeMlps, ModelInfo info, int length) {
        Map<HookName, List<HookSlice>> slices = new LinkedHashMap<>();
        for (Receiver receiver : receivers) {
            slices.computeIfAbsent(receiver.hook(), hook -> new ArrayList<>()).add(receiver.slice(info, length));
        }
        return new DirectPaths(slices, freezeMlps);
    }

    /** The hook points of the receivers. */
    Set<HookName> receivers() {
        return slices.keySet();
    }

    /** The hook points that are frozen for some sender, from layer {@code lowest} on. */
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

    /** Whether a hook point is frozen for some sender. */
    boolean mayFreeze(HookName hook) {
        return hook.site() == Site.ATTN_OUT || (freezeMlps && hook.site() == Site.MLP_OUT);
    }

    /** Whether a hook point is frozen for this sender. */
    boolean freezes(HookName hook, HookName sender) {
        if (!mayFreeze(hook)) {
            return false;
        }
        boolean attention = hook.site() == Site.ATTN_OUT;
        boolean afterSender =
                attention ? sender.site() == Site.RESID_PRE : sender.site().compareTo(Site.MLP_PRE) < 0;
        return hook.layer() > sender.layer() || (hook.layer() == sender.layer() && afterSender);
    }
}
