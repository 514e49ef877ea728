package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Capture;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Provenance;
import dev.headlight.model.Site;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where each head looks. */
public final class AttentionPatterns {
    /** What is measured of each query and key. */
    public enum Kind {
        /** Probabilities after softmax; rows sum to 1. */
        PATTERN,
        /** Before softmax, after scale and mask; minus infinity where the key is hidden. */
        SCORES,
        /**
         * pattern · ‖v W_O‖₂, what the head really moves.
         *
         * @see <a href="https://arxiv.org/abs/2004.10102">Kobayashi et al., 2020</a>
         */
        VALUE_WEIGHTED;

        /** As on the wire. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param layers null for all; likewise {@code heads} */
    public record Query(
            @Nullable List<Integer> layers, @Nullable List<Integer> heads, boolean averageHeads, Kind kind) {}

    /** @param attention [layer, head, query, key]; without head when averaged */
    public record Result(
            List<Integer> tokenIds, List<String> tokens, List<Integer> layers, List<Integer> heads, Tensor attention) {}

    public record Answer(String model, List<Result> results, Provenance provenance, List<String> warnings)
            implements Analysis {
        @Override
        public Map<String, Tensor> tensors() {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (int i = 0; i < results.size(); i++) {
                tensors.put(i + ".attention", results.get(i).attention);
            }
            return tensors;
        }
    }

    private final Session session;
    private final Query query;
    private final int[] layers;
    private final int[] heads;

    private AttentionPatterns(Session session, Query query) {
        ModelInfo info = session.model().info();
        this.session = session;
        this.query = query;
        this.layers = Selection.of("layers", query.layers, info.nLayers());
        this.heads = Selection.of("heads", query.heads, info.nHeads());
    }

    public static Cost cost(Session session, List<Encoded> inputs, Query query) {
        return session.cost(inputs, List.of());
    }

    /** @throws dev.headlight.model.BadSelection for layers or heads that the model lacks */
    public static Answer compute(Session session, List<Encoded> inputs, Query query) {
        return new AttentionPatterns(session, query).answer(inputs);
    }

    private Answer answer(List<Encoded> inputs) {
        long cells =
                inputs.stream().mapToLong(e -> (long) e.length() * e.length()).sum();
        session.requireRoom("input", cells * layers.length * (query.averageHeads ? 1 : heads.length));
        Result[] results = new Result[inputs.size()];
        for (Session.Batch batch : session.batches(inputs, wanted())) {
            List<Tensor> tensors = run(batch);
            for (int row = 0; row < tensors.size(); row++) {
                int input = batch.inputs().get(row);
                results[input] = result(inputs.get(input), tensors.get(row));
            }
        }
        return new Answer(session.model().id(), List.of(results), session.provenance(inputs), List.of());
    }

    private Result result(Encoded input, Tensor attention) {
        return new Result(
                Session.boxed(input.ids()), input.tokens(), Session.boxed(layers), Session.boxed(heads), attention);
    }

    private List<Tensor> run(Session.Batch batch) {
        HookedModel model = session.model();
        try (NDManager scratch = model.newManager()) {
            Capture capture = new Capture(wanted());
            model.forwardTo(batch.ids(scratch), capture);
            List<NDArray> stack = new ArrayList<>();
            for (int layer : layers) {
                stack.add(chosen(value(capture, layer)));
            }
            List<Tensor> tensors = new ArrayList<>();
            for (int row = 0; row < batch.rows().size(); row++) {
                int one = row;
                List<NDArray> layersOfRow =
                        stack.stream().map(layer -> Ops.row(layer, one)).toList();
                tensors.add(session.kept().keep(Ops.stack(layersOfRow, 0), dims()));
            }
            return tensors;
        }
    }

    private List<HookName> wanted() {
        List<HookName> wanted = new ArrayList<>();
        for (int layer : layers) {
            wanted.add(new HookName(layer, query.kind == Kind.SCORES ? Site.ATTN_SCORES : Site.PATTERN));
            if (query.kind == Kind.VALUE_WEIGHTED) {
                wanted.add(new HookName(layer, Site.V));
            }
        }
        return wanted;
    }

    /** (batch, head, query, key) */
    private NDArray value(Capture capture, int layer) {
        if (query.kind == Kind.SCORES) {
            return capture.value(new HookName(layer, Site.ATTN_SCORES));
        }
        NDArray pattern = capture.value(new HookName(layer, Site.PATTERN));
        if (query.kind == Kind.PATTERN) {
            return pattern;
        }
        NDArray norms = session.model().valueNorms(layer, capture.value(new HookName(layer, Site.V)));
        return pattern.mul(norms.transpose(0, 2, 1).expandDims(2)); // (batch, head, 1, key)
    }

    /** (batch, head, query, key) to the chosen heads, or to their mean (batch, query, key). */
    private NDArray chosen(NDArray heads) {
        NDArray chosen = Ops.select(heads, 1, this.heads);
        return query.averageHeads ? chosen.mean(new int[] {1}) : chosen;
    }

    private String[] dims() {
        return query.averageHeads
                ? new String[] {"layer", "query", "key"}
                : new String[] {"layer", "head", "query", "key"};
    }
}
