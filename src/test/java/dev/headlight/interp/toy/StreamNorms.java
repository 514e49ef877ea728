package dev.headlight.interp.toy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Provenance;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A toy analysis: the L2 norm of the residual stream after each layer, at each token. Its controller is its only other file. */
public final class StreamNorms {
    /**
     * The norms of one input.
     *
     * @param norms L2 norms, {@code [layer, position]}
     */
    public record Result(List<Integer> tokenIds, List<String> tokens, Tensor norms) {}

    /** The answer, one result per input. */
    public record Answer(String model, List<Result> results, Provenance provenance, List<String> warnings)
            implements AnalysisAnswer {}

    private StreamNorms() {}

    /** Runs the inputs and measures the residual stream; also its dry run. */
    public static Answer compute(Session session, List<Encoded> inputs) {
        List<HookName> hooks = IntStream.range(0, session.model().info().nLayers())
                .mapToObj(layer -> new HookName(layer, Site.RESID_POST))
                .toList();
        AnswerSize size = session.answerSize().inputs(inputs);
        for (Encoded input : inputs) {
            long norms = (long) hooks.size() * input.length();
            size.tensor(norms).text(-2 * norms); // numbers above 10 have fewer digits than most activations
        }
        session.addAnswerSize("input", size);
        Result[] results = new Result[inputs.size()];
        for (Session.Batch batch : session.batches(inputs, hooks)) {
            try (NDManager scratch = session.newManager()) {
                Capture capture = new Capture(hooks);
                session.model().forwardTo(batch.ids(scratch), capture);
                for (int row = 0; row < batch.rows().size(); row++) {
                    int input = batch.inputs().get(row);
                    results[input] = result(session, inputs.get(input), norms(capture, hooks, row));
                }
            }
        }
        return new Answer(session.model().id(), List.of(results), session.provenance(inputs), List.of());
    }

    private static NDArray norms(Capture capture, List<HookName> hooks, int row) {
        List<NDArray> norms = new ArrayList<>();
        for (HookName hook : hooks) {
            NDArray stream = Ops.row(capture.value(hook), row); // [position, d_model]
            norms.add(stream.square().sum(new int[] {1}, false).sqrt());
        }
        return Ops.stack(norms, 0);
    }

    private static Result result(Session session, Encoded input, NDArray norms) {
        return new Result(
                Session.boxed(input.ids()), input.tokens(), session.memory().keep(norms, "layer", "position"));
    }
}
