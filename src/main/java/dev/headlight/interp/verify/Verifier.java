package dev.headlight.interp.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.intervene.action.Scale;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Measures on the inputs of a request how far a model violates the identities that must hold in every run. Inputs of the
 * same length run four times: twice as a batch, once as a batch with one more row, and each alone. If memory cannot hold all
 * hook points at once, the last two runs are repeated for each part of the hook points.
 */
public final class Verifier {
    private static final int BYTES_OF_VERIFICATION = 500; // of JSON, approximately
    private static final int ROWS = 2; // in the smallest batch

    private final Session session;
    private final HookedModel model;
    private final List<Encoded> inputs;
    private final List<List<HookName>> parts;
    private final LayerIdentities.Violations layerIdentities =
            new LayerIdentities.Violations(new WorstResidual(), new WorstResidual(), new WorstResidual());
    private final WorstResidual noOpIntervention = new WorstResidual();
    private final WorstResidual batchRow = new WorstResidual();

    /**
     * Plans the runs, without running anything.
     *
     * @throws dev.headlight.model.fault.TooLarge if two rows of the longest input take more memory than the limits allow
     */
    public Verifier(Session session, List<Encoded> inputs) {
        this.session = session;
        this.model = session.model();
        this.inputs = inputs;
        this.parts = parts(inputs.stream().mapToInt(Encoded::length).max().orElseThrow());
    }

    /** The hook points, in parts that fit in memory for a batch of {@link #ROWS} rows. */
    private List<List<HookName>> parts(int length) {
        List<HookName> hooks = model.hookPoints().every();
        long largest = hooks.stream().mapToLong(h -> values(h, length)).max().orElseThrow();
        long scratchBytes = ROWS * model.bytes(length) + Difference.bytes(largest);
        session.limits().requireRun("verify", scratchBytes + ROWS * Float.BYTES * largest);
        long available = session.limits().runBytes() - scratchBytes;
        List<List<HookName>> parts = new ArrayList<>();
        long taken = available;
        for (HookName hook : hooks) {
            long bytes = ROWS * Float.BYTES * values(hook, length);
            if (taken + bytes > available) {
                parts.add(new ArrayList<>());
                taken = 0;
            }
            parts.get(parts.size() - 1).add(hook);
            taken += bytes;
        }
        return parts;
    }

    private long values(HookName hook, int length) {
        return session.values(List.of(hook), length);
    }

    /** Runs the model and measures every identity. */
    public Verification verify() {
        session.addAnswerSize("verify", session.answerSize().text(BYTES_OF_VERIFICATION));
        try (InterventionRun scaled = new InterventionRun(session, scaledByOne(), true)) {
            scaled.check(inputs);
            for (Session.Batch batch : session.batches(inputs, List.of())) {
                checkLayersAndNoOp(batch, scaled);
            }
        }
        for (List<HookName> part : parts) {
            for (Session.Batch batch : session.batches(inputs, part)) {
                checkBatchRows(batch, part);
            }
        }
        double rounding = Verification.rounding(model);
        return new Verification(
                layerIdentities.attentionRows().identity(rounding),
                layerIdentities.patternTimesValues().identity(rounding),
                layerIdentities.residualStream().identity(rounding),
                noOpIntervention.identity(0),
                batchRow.identity(rounding));
    }

    private void checkLayersAndNoOp(Session.Batch batch, InterventionRun scaledByOne) {
        try (NDManager scratch = session.newManager()) {
            NDArray ids = batch.ids(scratch);
            Hooks noOp = scaledByOne.on(scratch, batch.rows());
            noOpIntervention.add(
                    HookName.of(Site.LOGITS), batch.inputs(), model.section(ids, () -> differences(batch, ids, noOp)));
        }
    }

    /** Runs twice in one section, with the same number of threads and alone, because the results must be equal bit for bit. */
    private double[] differences(Session.Batch batch, NDArray ids, Hooks noOp) {
        NDArray logits = model.forward(ids, new LayerIdentities(model, batch.inputs(), layerIdentities));
        return Difference.ofRows(model.forward(ids, noOp), logits);
    }

    /** Interventions that scale every hook point by 1 and must therefore change nothing. */
    private List<Intervention> scaledByOne() {
        return model.hookPoints().every().stream()
                .map(h -> new Intervention("verify", h, null, null, null, null, new Scale(1)))
                .toList();
    }

    private void checkBatchRows(Session.Batch batch, List<HookName> hooks) {
        List<int[]> rows = new ArrayList<>(batch.rows());
        rows.add(otherTokens(batch.rows().get(0)));
        try (NDManager scratch = session.newManager()) {
            Capture together = new Capture(hooks);
            model.forwardTo(HookedModel.ids(scratch, rows), together);
            for (int row = 0; row < batch.rows().size(); row++) {
                try (NDManager alone = session.newManager()) {
                    NDArray ids = HookedModel.ids(alone, List.of(rows.get(row)));
                    model.forwardTo(
                            ids,
                            RowComparison.with(together, row, batch.inputs().get(row), batchRow));
                }
            }
        }
    }

    /** An input of the same length with other tokens, if the vocabulary has more than one. */
    private int[] otherTokens(int[] ids) {
        return Arrays.stream(ids).map(id -> (id + 1) % model.info().vocabSize()).toArray();
    }
}
