package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Capture;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Hooks;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs the same inputs twice, unmodified and with the interventions, the second time from the first block that they reach.
 */
final class PairedRuns {
    private final Session session;
    private final HookedModel model;
    private final Interventions.Query query;
    private final int start; // the first block that an intervention reaches
    private final BitSet effective = new BitSet();

    /** Reads what the runs of one input gave, while it is there. */
    interface Reader {
        /** @param original logits (position, vocab); {@code modified} too */
        void read(int input, NDArray original, NDArray modified, Map<String, Interventions.Captured> captured);
    }

    PairedRuns(Session session, Interventions.Query query) {
        this.session = session;
        this.model = session.model();
        this.query = query;
        int blocks = model.info().nLayers();
        this.start = Math.max(
                0,
                query.interventions().stream()
                        .mapToInt(i -> block(i.hook(), blocks))
                        .min()
                        .orElse(blocks));
    }

    /** The index of every intervention that changed a value. */
    BitSet effective() {
        return effective;
    }

    void run(List<Encoded> inputs, List<PreparedIntervention> interventions, Reader reader) {
        List<HookName> kept = new ArrayList<>(ofOriginal());
        kept.addAll(query.capture());
        try (Sources sources = new Sources(session, interventions)) {
            for (Session.Batch batch : session.batches(inputs, kept)) {
                run(batch, interventions, sources, reader);
            }
        }
    }

    private void run(Session.Batch batch, List<PreparedIntervention> interventions, Sources sources, Reader reader) {
        try (NDManager scratch = session.newManager()) {
            NDArray ids = batch.ids(scratch);
            Capture original = new Capture(ofOriginal());
            NDArray originalLogits = model.forward(ids, original);
            Edits edits = new Changes(model.info(), batch.length(), original, sources).edits(interventions, effective);
            Capture modified = new Capture(query.capture());
            Hooks hooks = edits.then(modified);
            NDArray modifiedLogits = start == 0
                    ? model.forward(ids, hooks)
                    : model.resume(start, original.value(new HookName(start - 1, Site.RESID_POST)), hooks);
            for (int row = 0; row < batch.rows().size(); row++) {
                reader.read(
                        batch.inputs().get(row),
                        Ops.row(originalLogits, row),
                        Ops.row(modifiedLogits, row),
                        captured(original, modified, row));
            }
        }
    }

    /** What is read from the unmodified run: for the answer, for means, and for the modified run to start from. */
    private Set<HookName> ofOriginal() {
        Set<HookName> wanted = new LinkedHashSet<>(query.capture());
        query.interventions().stream()
                .filter(i -> i.action() instanceof Action.Mean)
                .forEach(i -> wanted.add(i.hook()));
        if (start > 0) {
            wanted.add(new HookName(start - 1, Site.RESID_POST));
        }
        return wanted;
    }

    /** The block that a hook point is in; -1 below the first, and the number of blocks above the last. */
    private static int block(HookName hook, int blocks) {
        if (hook.site().perLayer()) {
            return hook.layer();
        }
        return hook.site().isEmbedding() ? -1 : blocks;
    }

    private Map<String, Interventions.Captured> captured(Capture original, Capture modified, int row) {
        Map<String, Interventions.Captured> captured = new LinkedHashMap<>();
        for (HookName hook : query.capture()) {
            String[] dims = Activations.dims(hook.site());
            boolean below = start > 0 && block(hook, model.info().nLayers()) < start; // the same in both runs
            NDArray after = (below ? original : modified).value(hook);
            captured.put(
                    hook.toString(),
                    new Interventions.Captured(
                            session.kept().keep(Ops.row(original.value(hook), row), dims),
                            session.kept().keep(Ops.row(after, row), dims)));
        }
        return captured;
    }
}
