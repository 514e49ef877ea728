package dev.headlight.interp.read;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Selection;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Provenance;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the values at chosen hook points. */
public final class Activations {
    /**
     * The hook points to read.
     *
     * @param positions negative ones count from the end; they select the queries of attention matrices; null for all
     */
    public record Query(List<HookName> hooks, @Nullable List<Integer> positions) {}

    /**
     * The values of one input.
     *
     * @param activations by full hook name; each has the axes of its hook point
     */
    public record Result(
            List<Integer> tokenIds, List<String> tokens, List<Integer> positions, Map<String, Tensor> activations) {}

    /** The answer, one result per input. */
    public record Answer(String model, List<Result> results, Provenance provenance, List<String> warnings)
            implements AnalysisAnswer {}

    private Activations() {}

    /**
     * Runs the inputs up to the last hook point and reads all of them; also its dry run.
     *
     * @throws dev.headlight.model.fault.BadSelection for a position that an input lacks
     */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        AnswerSize size = session.answerSize().inputs(inputs);
        for (Encoded input : inputs) {
            int[] positions = Selection.positions("positions", query.positions, input.length());
            size.text(4L * positions.length);
            query.hooks.forEach(hook -> size.hook(hook, input.length(), positions));
        }
        session.addAnswerSize("hooks", size);
        Result[] results = new Result[inputs.size()];
        for (Session.Batch batch : session.batches(inputs, query.hooks)) {
            int[] positions = Selection.positions("positions", query.positions, batch.length());
            try (NDManager scratch = session.newManager()) {
                Capture capture = new Capture(query.hooks);
                session.model().forwardTo(batch.ids(scratch), capture);
                for (int row = 0; row < batch.rows().size(); row++) {
                    int input = batch.inputs().get(row);
                    results[input] = result(session, inputs.get(input), query, capture, row, positions);
                }
            }
        }
        return new Answer(session.model().id(), List.of(results), session.provenance(inputs), List.of());
    }

    private static Result result(
            Session session, Encoded input, Query query, Capture capture, int row, int[] positions) {
        Map<String, Tensor> activations = new LinkedHashMap<>();
        for (HookName hook : query.hooks) {
            NDArray value =
                    Ops.select(Ops.row(capture.value(hook), row), hook.site().positionAxis(), positions);
            activations.put(
                    hook.toString(), session.memory().keep(value, hook.site().dims()));
        }
        return new Result(Session.boxed(input.ids()), input.tokens(), Session.boxed(positions), activations);
    }
}
