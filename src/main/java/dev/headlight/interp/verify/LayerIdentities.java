package dev.headlight.interp.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Hooks that check the identities of each layer during a run. They hold the values of one layer at a time. */
final class LayerIdentities implements Hooks {
    private static final Set<Site> READ = EnumSet.of(
            Site.RESID_PRE, Site.V, Site.PATTERN, Site.Z, Site.ATTN_OUT, Site.RESID_MID, Site.MLP_OUT, Site.RESID_POST);

    private final HookedModel model;
    private final List<Integer> inputs;
    private final Violations violations;
    private final Map<Site, NDArray> values = new EnumMap<>(Site.class);
    private @Nullable NDArray previousOutput; // of the block before [batch, position, d_model]

    /** The largest violation of each identity so far. */
    record Violations(WorstResidual attentionRows, WorstResidual patternTimesValues, WorstResidual residualStream) {}

    /**
     * Hooks for one run.
     *
     * @param inputs for each row of the run, the index of its input in the request
     * @param violations receives the violations
     */
    LayerIdentities(HookedModel model, List<Integer> inputs, Violations violations) {
        this.model = model;
        this.inputs = inputs;
        this.violations = violations;
    }

    @Override
    public NDArray at(HookName name, NDArray value) {
        if (wants(name)) {
            values.put(name.site(), value);
            if (name.site() == Site.Z) {
                checkHeads(name.layer()); // attention frees its values after z
            } else if (name.site() == Site.RESID_POST) {
                checkResidualStream(name.layer());
                Scratch.keep(value); // the next layer is compared with it
                if (previousOutput != null) {
                    previousOutput.close(); // the call above kept it, one layer earlier
                }
                previousOutput = value;
                values.clear();
            }
        }
        return value;
    }

    private void checkHeads(int layer) {
        NDArray pattern = value(Site.PATTERN); // [batch, head, query, key]
        NDArray v = value(Site.V); // [batch, position, kv head, d_head]
        NDArray z = value(Site.Z); // [batch, position, head, d_head]
        long heads = pattern.getShape().get(1);
        long queriesOfKey = heads / v.getShape().get(2);
        for (long head = 0; head < heads; head++) {
            long of = head;
            Scratch.run(() -> {
                NDArray one = oneOf(pattern, 1, of); // [batch, query, key]
                NDArray sums = one.sum(new int[] {-1});
                violations.attentionRows.add(
                        new HookName(layer, Site.PATTERN), inputs, Difference.ofRows(sums, sums.onesLike()));
                NDArray weightedValues = one.matMul(oneOf(v, 2, of / queriesOfKey)); // [batch, query, d_head]
                violations.patternTimesValues.add(
                        new HookName(layer, Site.Z), inputs, Difference.ofRows(oneOf(z, 2, of), weightedValues));
            });
        }
    }

    /** The slice of x […] at one index of an axis, without that axis, float64. */
    private static NDArray oneOf(NDArray x, int axis, long index) {
        return Ops.slice(x, axis, index, index + 1).squeeze(axis).toType(DataType.FLOAT64, false);
    }

    private void checkResidualStream(int layer) {
        Scratch.run(() -> {
            NDArray pre = value(Site.RESID_PRE);
            if (previousOutput != null) {
                violations.residualStream.add(
                        new HookName(layer, Site.RESID_PRE), inputs, Difference.ofRows(pre, previousOutput));
            }
            Map<Site, NDArray> joined = model.rejoin(layer, pre, value(Site.ATTN_OUT), value(Site.MLP_OUT));
            new EnumMap<>(joined) // in the order of the sites: of equal violations, the first is named
                    .forEach((site, expected) -> violations.residualStream.add(
                            new HookName(layer, site), inputs, Difference.ofRows(value(site), expected)));
        });
    }

    private NDArray value(Site site) {
        NDArray value = values.get(site);
        if (value == null) {
            throw new IllegalStateException(site + " was not reached"); // rather than a number that looks right
        }
        return value;
    }

    @Override
    public boolean wants(HookName name) {
        return READ.contains(name.site());
    }

    @Override
    public boolean changes(HookName name) {
        return false;
    }
}
