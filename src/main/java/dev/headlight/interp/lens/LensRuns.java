package dev.headlight.interp.lens;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.TunedLens;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The runs of one lens request, batch by batch.
 *
 * @param topK how many tokens are read per layer and position
 * @param tuned translates the residual stream of each layer; null for the plain logit lens
 */
record LensRuns(
        Session session,
        LogitLens.Query query,
        int topK,
        @Nullable TunedLens tuned) {

    /** Receives the readings of one layer at some positions of an input. Their arrays are freed after it returns. */
    interface Reader {
        void read(int input, LensReadings readings);
    }

    /**
     * Runs the inputs.
     *
     * @return the logits [layer, position, vocab] of each input; null if they were not requested
     */
    @Nullable
    Tensor[] run(List<Encoded> inputs, InterventionRun interventionRun, Reader reader) {
        HookedModel model = session.model();
        @Nullable Tensor[] logits = new Tensor[inputs.size()];
        List<HookName> keptHooks = new ArrayList<>(interventionRun.held());
        keptHooks.addAll(query.hooks());
        for (Session.Batch batch : session.batches(inputs, keptHooks)) {
            try (NDManager scratch = session.newManager()) {
                Hooks edits = interventionRun.on(scratch, batch.rows());
                Capture residuals = new Capture(query.hooks());
                NDArray last = model.runBlocks(batch.ids(scratch), edits.then(residuals), null);
                List<NDArray> layers = query.hooks().stream()
                        .map(hook -> translated(hook, residuals.value(hook)))
                        .toList();
                LayerUnembedder unembedder =
                        new LayerUnembedder(session, query, topK, new LayerUnembedder.Run(layers, last, edits));
                int[] positions = Selection.positions("positions", query.positions(), batch.length());
                for (int row = 0; row < batch.rows().size(); row++) {
                    int input = batch.inputs().get(row);
                    logits[input] = unembedder.read(
                            row, positions, unembedder.step(), readings -> reader.read(input, readings));
                }
            }
        }
        return logits;
    }

    /** @param resid [batch, position, d_model] */
    private NDArray translated(HookName hook, NDArray resid) {
        if (tuned == null) {
            return resid;
        }
        return tuned.translate(hook.layer() + (hook.site() == Site.RESID_POST ? 1 : 0), resid);
    }
}
