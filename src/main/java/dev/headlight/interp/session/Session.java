package dev.headlight.interp.session;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Provenance;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.schedule.BatchSize;
import dev.headlight.model.schedule.Cancellation;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One request on one model: its limits, its inputs as tokens, and the memory of its answer.
 *
 * @param memory owns the tensors of the answer
 * @param wireSize how many bytes the answer takes in the format that the client asked for
 * @param encoder shared by the dry run and the run, so that each text is tokenised once
 * @param dryRunCosts collects the costs of a dry run; null in a real run
 */
public record Session(
        HookedModel model,
        Limits limits,
        AnswerMemory memory,
        WireSize wireSize,
        InputEncoder encoder,
        @Nullable DryRunCosts dryRunCosts) {
    private static final long BATCH_BYTES = 256L << 20; // of activations; larger batches gain nothing

    /** A session of a real run. */
    public Session(HookedModel model, Limits limits, AnswerMemory memory, WireSize wireSize) {
        this(model, limits, memory, wireSize, new InputEncoder(model, limits), null);
    }

    /** The same session with wider limits, for the dry run of a request that exceeds them, see {@link Limits#forDryRun}. */
    public Session withDryRunLimits() {
        Limits lifted = limits.forDryRun();
        return new Session(model, lifted, memory, wireSize, encoder.withLimits(lifted), dryRunCosts);
    }

    /**
     * The cost of an analysis, measured by a dry run: the analysis computes with arrays that have shapes but no values.
     *
     * @param analysis every part of it that allocates arrays
     * @throws dev.headlight.model.fault.BadSelection if the analysis refuses the request
     * @throws dev.headlight.model.fault.TooLarge if the request exceeds the limits
     */
    public Cost dryRun(Consumer<Session> analysis) {
        DryRunCosts costs = new DryRunCosts();
        try (AnswerMemory shapesOnly = new AnswerMemory(costs.counter())) {
            analysis.accept(new Session(model, limits, shapesOnly, wireSize, encoder, costs));
        }
        return costs.cost();
    }

    /**
     * A new manager for arrays, which the caller must close. Every step of an analysis begins with one, so a cancelled
     * request ends here if its steps run no forward pass.
     */
    public NDManager newManager() {
        Cancellation.current().check();
        return dryRunCosts == null ? model.newManager() : model.newManager(dryRunCosts.counter());
    }

    /**
     * Inputs of one length that run together. There is no padding, so a row of a batch is computed as the input alone is.
     *
     * @param inputs the indices of the inputs in the request
     * @param rows the token ids of each
     */
    public record Batch(List<Integer> inputs, List<int[]> rows) {
        /** Number of tokens of each input. */
        public int length() {
            return rows.get(0).length;
        }

        /** The token ids {@code [batch, position]}. */
        public NDArray ids(NDManager manager) {
            return HookedModel.ids(manager, rows);
        }
    }

    /**
     * The tokens of each prompt of an input, checked against the vocabulary, the context and the limits.
     *
     * @throws dev.headlight.model.fault.BadSelection for an empty input, an id outside the vocabulary, or one longer than the
     *     context
     * @throws dev.headlight.model.fault.TooLarge for more inputs or tokens than the limits allow
     */
    public List<Encoded> encode(Input input, boolean addSpecialTokens) {
        return encoder.encode(input, addSpecialTokens);
    }

    /** The tokens of each prompt of several fields, one field after the other; see {@link #encode(Input, boolean)}. */
    public List<Encoded> encode(List<Input> inputs, boolean addSpecialTokens) {
        return inputs.stream()
                .flatMap(input -> encode(input, addSpecialTokens).stream())
                .toList();
    }

    /**
     * The tokens of a field that must hold exactly one prompt; see {@link #encode(Input, boolean)}.
     *
     * @throws dev.headlight.model.fault.BadSelection also if it holds several
     */
    public Encoded encodeOne(Input input, boolean addSpecialTokens) {
        return encode(input.requireOne(), addSpecialTokens).get(0);
    }

    /**
     * The id of a named token.
     *
     * @throws dev.headlight.model.fault.BadSelection for an id outside the vocabulary, or a text that is not exactly one token
     */
    public int tokenId(String field, TokenName name) {
        return encoder.tokenId(field, name);
    }

    /**
     * Groups inputs of equal length into batches of moderate size.
     *
     * @param captured hook points whose values the run keeps; one that is kept twice is listed twice
     * @throws dev.headlight.model.fault.TooLarge if one input alone would take more than the limits allow
     */
    public List<Batch> batches(List<Encoded> inputs, Collection<HookName> captured) {
        return batches(inputs, length -> values(captured, length));
    }

    /**
     * Groups inputs of equal length into batches of moderate size.
     *
     * @param valuesHeld maps the length of an input to how many values the run keeps of it
     * @throws dev.headlight.model.fault.TooLarge if one input alone would take more than the limits allow
     */
    public List<Batch> batches(List<Encoded> inputs, IntToLongFunction valuesHeld) {
        Map<Integer, List<Integer>> byLength = new LinkedHashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            byLength.computeIfAbsent(inputs.get(i).length(), n -> new ArrayList<>())
                    .add(i);
        }
        List<Batch> batches = new ArrayList<>();
        byLength.forEach((length, members) -> {
            long bytes = model.bytes(length) + Float.BYTES * valuesHeld.applyAsLong(length);
            limits.requireRun("input", bytes);
            int most = rowsPerBatch(bytes, model.flops(length));
            for (int from = 0; from < members.size(); from += most) {
                List<Integer> some = members.subList(from, Math.min(members.size(), from + most));
                batches.add(new Batch(
                        some, some.stream().map(i -> inputs.get(i).ids()).toList()));
            }
        });
        return batches;
    }

    /**
     * Rows of one batch: more gain nothing, or make other requests wait long for the batch.
     *
     * @param bytes of activations of one row
     * @param flops floating-point operations of one row
     */
    public static int rowsPerBatch(long bytes, double flops) {
        double most =
                Math.min(BATCH_BYTES / Math.max(1.0, (double) bytes), BatchSize.LARGEST.flops() / Math.max(1, flops));
        return (int) Math.max(1, most);
    }

    /** An empty size, to which an analysis adds what its answer will hold. */
    public AnswerSize answerSize() {
        return new AnswerSize(model);
    }

    /**
     * Checks the size of an answer, or of a part of it, before it is computed, and adds it to the costs of a dry run.
     *
     * @param field the field of the request that makes the answer large, for the message
     * @throws dev.headlight.model.fault.TooLarge if the size is more than the limits allow
     */
    public void addAnswerSize(String field, AnswerSize size) {
        long bytes = wireSize.bytes(size);
        limits.requireResponse(field, bytes);
        if (dryRunCosts != null) {
            dryRunCosts.addAnswerBytes(bytes);
        }
    }

    /**
     * Checks the memory of values that a run holds at once.
     *
     * @throws dev.headlight.model.fault.TooLarge if they take more bytes than the limits allow
     */
    public void requireHeld(String field, long values) {
        limits.requireRun(field, Float.BYTES * values);
    }

    /** How many values these hook points have together, for one input with this many positions. */
    public long values(Collection<HookName> hooks, int positions) {
        return hooks.stream()
                .mapToLong(h -> model.info().elements(h.site(), positions))
                .sum();
    }

    /** Remarks on the inputs that were encoded so far, such as a special token that a text got a second time. */
    public List<String> inputWarnings() {
        return encoder.warnings();
    }

    /** What the answer is computed with: the model, its versions, and the special tokens of these inputs. */
    public Provenance provenance(List<Encoded> inputs) {
        return model.provenance(inputs.stream()
                .flatMap(e -> e.specialTokens().stream())
                .distinct()
                .toList());
    }

    /** The same numbers as a list. */
    public static List<Integer> boxed(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }
}
