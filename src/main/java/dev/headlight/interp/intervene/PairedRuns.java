package dev.headlight.interp.intervene;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs the same inputs twice: unmodified, then with interventions from the first block that they reach. */
final class PairedRuns {
    private final Session session;
    private final HookedModel model;
    private final InterventionRun interventionRun;
    private final List<HookName> capture;
    private final int start; // the first block that an intervention reaches

    /** Gets both runs of one input. The arrays are freed after it returns. */
    interface Reader {
        /**
         * Called once per input.
         *
         * @param input its index in the request
         * @param original logits (position, vocab)
         * @param modified logits (position, vocab)
         * @param captured by full hook name
         */
        void read(int input, NDArray original, NDArray modified, Map<String, Interventions.Captured> captured);
    }

    /** @param capture hook points whose values in both runs are returned */
    PairedRuns(Session session, InterventionRun interventionRun, List<HookName> capture) {
        this.session = session;
        this.model = session.model();
        this.interventionRun = interventionRun;
        this.capture = capture;
        this.start = interventionRun.firstBlock();
    }

    /** Runs all inputs, batch by batch. */
    void run(List<Encoded> inputs, Reader reader) {
        List<HookName> captured = new ArrayList<>(originalHookNames());
        captured.addAll(capture);
        for (Session.Batch batch : session.batches(inputs, captured)) {
            run(batch, reader);
        }
    }

    private void run(Session.Batch batch, Reader reader) {
        try (NDManager scratch = session.newManager()) {
            NDArray ids = batch.ids(scratch);
            Capture original = new Capture(originalHookNames());
            NDArray originalLogits = model.forward(ids, original);
            Capture modified = new Capture(capture);
            Hooks hooks = interventionRun.on(original, batch.length()).then(modified);
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

    /** Hook points of the unmodified run to capture: for the answer, for the actions, and as the start of the modified run. */
    private Set<HookName> originalHookNames() {
        Set<HookName> wanted = new LinkedHashSet<>(capture);
        wanted.addAll(interventionRun.held());
        if (start > 0) {
            wanted.add(new HookName(start - 1, Site.RESID_POST));
        }
        return wanted;
    }

    private Map<String, Interventions.Captured> captured(Capture original, Capture modified, int row) {
        Map<String, Interventions.Captured> captured = new LinkedHashMap<>();
        for (HookName hook : capture) {
            String[] dims = hook.site().dims();
            boolean unchanged =
                    start > 0 && InterventionRun.block(hook, model.info().nLayers()) < start;
            NDArray after = (unchanged ? original : modified).value(hook);
            captured.put(
                    hook.toString(),
                    new Interventions.Captured(
                            session.memory().keep(Ops.row(original.value(hook), row), dims),
                            session.memory().keep(Ops.row(after, row), dims)));
        }
        return captured;
    }
}
