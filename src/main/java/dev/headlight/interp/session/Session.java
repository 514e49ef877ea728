package dev.headlight.interp.session;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Provenance;
import dev.headlight.model.hook.HookName;
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
 * @param kept owns the tensors of the answer
 * @param writing how many bytes the answer takes in the form that the client asked for
 * @param encoder shared by the dry run and the run, so that each text is tokenised once
 * @param rehearsal null where it is really run
 */
public record Session(
        HookedModel model,
        Limits limits,
        AnswerMemory memory,
        WireSize wireSize,
        InputEncoder encoder,
        @Nullable DryRunCosts dryRunCosts) {
    public static final long BATCH_BYTES = 256L << 20; // larger batches gain nothing

    /** A session that really runs. */
    public Session(HookedModel model, Limits limits, AnswerMemory kept, WireSize writing) {
        this(model, limits, kept, writing, new InputEncoder(model, limits), null);
    }

    /** The same with the limits of a dry run of what does not fit, see {@link Limits#forDryRun}. */
    public Session withDryRunLimits() {
        Limits lifted = limits.forDryRun();
        return new Session(model, lifted, memory, wireSize, encoder.withLimits(lifted), dryRunCosts);
    }

    /**
     * The cost of an analysis, found by a dry run: it computes with arrays that have shapes and no values.
     *
     * @param analysis all of it that makes arrays
     * @throws dev.headlight.model.fault.BadSelection for what it refuses
     * @throws dev.headlight.model.fault.TooLarge for what the limits do not allow
     */
    public Cost dryRun(Consumer<Session> analysis) {
        DryRunCosts books = new DryRunCosts();
        try (AnswerMemory paper = new AnswerMemory(books.counter())) {
            analysis.accept(new Session(model, limits, paper, wireSize, encoder, books));
        }
        return books.cost();
    }

    /** A manager for arrays, which the caller closes. */
    public NDManager newManager() {
        return dryRunCosts == null ? model.newManager() : model.newManager(dryRunCosts.counter());
    }

    /**
     * Inputs of one length, run together. Inputs are grouped by length and not padded, so that a row of a batch is the same
     * computation as the input alone.
     *
     * @param inputs the indices of the inputs in the request
     * @param rows the token ids of each
     */
    public record Batch(List<Integer> inputs, List<int[]> rows) {
        /** Number of tokens of each input. */
        public int length() {
            return rows.get(0).length;
        }

        /** The token ids: [batch, position]. */
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

    /** The same for several fields, one after the other. */
    public List<Encoded> encode(List<Input> inputs, boolean addSpecialTokens) {
        return inputs.stream()
                .flatMap(input -> encode(input, addSpecialTokens).stream())
                .toList();
    }

    /** The same for an input that must be one. */
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
     * @param captured hook points whose values the run keeps, each as often as it keeps them
     * @throws dev.headlight.model.fault.TooLarge if one input alone would take more than the limits allow
     */
    public List<Batch> batches(List<Encoded> inputs, Collection<HookName> captured) {
        return batches(inputs, length -> values(captured, length));
    }

    /** @param kept how many values the run keeps of an input, by its number of positions */
    public List<Batch> batches(List<Encoded> inputs, IntToLongFunction kept) {
        Map<Integer, List<Integer>> byLength = new LinkedHashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            byLength.computeIfAbsent(inputs.get(i).length(), n -> new ArrayList<>())
                    .add(i);
        }
        List<Batch> batches = new ArrayList<>();
        byLength.forEach((length, members) -> {
            long bytes = model.bytes(length) + Float.BYTES * kept.applyAsLong(length);
            limits.requireRun("input", bytes);
            int most = (int) Math.max(1, BATCH_BYTES / bytes);
            for (int from = 0; from < members.size(); from += most) {
                List<Integer> some = members.subList(from, Math.min(members.size(), from + most));
                batches.add(new Batch(
                        some, some.stream().map(i -> inputs.get(i).ids()).toList()));
            }
        });
        return batches;
    }

    public AnswerSize answerSize() {
        return new AnswerSize(model);
    }

    /**
     * Adds to the size of the answer.
     *
     * @throws dev.headlight.model.fault.TooLarge if that is more than the limits allow
     */
    public void addAnswerSize(String field, AnswerSize size) {
        long bytes = wireSize.bytes(size);
        limits.requireResponse(field, bytes);
        if (dryRunCosts != null) {
            dryRunCosts.answers(bytes);
        }
    }

    /** @throws dev.headlight.model.fault.TooLarge if that many values take too much memory at once */
    public void requireHeld(String field, long values) {
        limits.requireRun(field, Float.BYTES * values);
    }

    /** How many values these hook points have for one input, by its number of positions. */
    public long values(Collection<HookName> hooks, int positions) {
        return hooks.stream()
                .mapToLong(h -> model.info().elements(h.site(), positions))
                .sum();
    }

    public Provenance provenance(List<Encoded> inputs) {
        return model.provenance(inputs.stream()
                .flatMap(e -> e.specialTokens().stream())
                .distinct()
                .toList());
    }

    public static List<Integer> boxed(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }
}
