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
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Measures how far a model violates the identities that hold in every run, on the inputs of a request. Inputs of the same
 * length are run together twice, together with one more row, and each alone. If memory does not hold all hook points at
 * once, the last two runs are repeated for each part of them.
 */
public final class Verifier {
    private static final int BYTES_OF_VERIFICATION = 500; // in JSON, about
    private static final int ROWS = 2; // in the smallest batch

    private final Session session;
    private final HookedModel model;
    private final List<Encoded> inputs;
    private final List<List<HookName>> parts;
    private final LayerIdentities.Found layers =
            new LayerIdentities.Found(new WorstResidual(), new WorstResidual(), new WorstResidual());
    private final WorstResidual noOpIntervention = new WorstResidual();
    private final WorstResidual batchRow = new WorstResidual();

    /**
     * Plans the runs.
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
        long beside = ROWS * model.bytes(length) + Difference.bytes(largest);
        session.limits().requireRun("verify", beside + ROWS * Float.BYTES * largest);
        long room = session.limits().runBytes() - beside;
        List<List<HookName>> parts = new ArrayList<>();
        long taken = room;
        for (HookName hook : hooks) {
            long bytes = ROWS * Float.BYTES * values(hook, length);
            if (taken + bytes > room) {
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
                layers.attentionRows().identity(rounding),
                layers.patternTimesValues().identity(rounding),
                layers.residualStream().identity(rounding),
                noOpIntervention.identity(0),
                batchRow.identity(rounding));
    }

    private void checkLayersAndNoOp(Session.Batch batch, InterventionRun scaledByOne) {
        try (NDManager scratch = session.newManager()) {
            NDArray ids = batch.ids(scratch);
            NDArray logits = model.forward(ids, new LayerIdentities(model, batch.inputs(), layers));
            NDArray scaled = model.forward(ids, scaledByOne.on(scratch, batch.rows()));
            noOpIntervention.add(HookName.of(Site.LOGITS), batch.inputs(), Difference.ofRows(scaled, logits));
        }
    }

    /** Interventions that scale every hook point by 1, and so change nothing. */
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
                try (NDManager own = session.newManager()) {
                    NDArray ids = HookedModel.ids(own, List.of(rows.get(row)));
                    model.forwardTo(
                            ids,
                            RowComparison.with(together, row, batch.inputs().get(row), batchRow));
                }
            }
        }
    }

    /** An input of the same length with other tokens, if the vocabulary has others. */
    private int[] otherTokens(int[] ids) {
        return Arrays.stream(ids).map(id -> (id + 1) % model.info().vocabSize()).toArray();
    }
}
