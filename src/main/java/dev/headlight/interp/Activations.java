package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Capture;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.Provenance;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The values at chosen hook points. */
public final class Activations {
    /** @param positions negative from the end; query rows of attention hooks; null for all */
    public record Query(List<HookName> hooks, @Nullable List<Integer> positions) {}

    /** @param activations by full hook name, with the axes of its site */
    public record Result(
            List<Integer> tokenIds, List<String> tokens, List<Integer> positions, Map<String, Tensor> activations) {}

    public record Answer(String model, List<Result> results, Provenance provenance, List<String> warnings)
            implements Analysis {
        @Override
        public Map<String, Tensor> tensors() {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (int i = 0; i < results.size(); i++) {
                int input = i;
                results.get(i).activations.forEach((hook, tensor) -> tensors.put(input + "." + hook, tensor));
            }
            return tensors;
        }

        @Override
        public Answer with(Map<String, Tensor> others) {
            List<Result> replaced = new ArrayList<>();
            for (int i = 0; i < results.size(); i++) {
                String input = i + ".";
                Result r = results.get(i);
                Map<String, Tensor> activations = new LinkedHashMap<>();
                r.activations
                        .keySet()
                        .forEach(hook -> activations.put(hook, Objects.requireNonNull(others.get(input + hook))));
                replaced.add(new Result(r.tokenIds, r.tokens, r.positions, activations));
            }
            return new Answer(model, replaced, provenance, warnings);
        }
    }

    private Activations() {}

    /** @throws dev.headlight.model.BadSelection for a position that an input lacks */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        AnswerSize size = session.answerSize().inputs(inputs);
        for (Encoded input : inputs) {
            int[] positions = Selection.positions("positions", query.positions, input.length());
            size.text(4L * positions.length);
            query.hooks.forEach(hook -> size.hook(hook, input.length(), positions));
        }
        session.answers("hooks", size);
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
                    hook.toString(), session.kept().keep(value, hook.site().dims()));
        }
        return new Result(Session.boxed(input.ids()), input.tokens(), Session.boxed(positions), activations);
    }
}
