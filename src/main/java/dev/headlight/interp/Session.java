package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Provenance;
import dev.headlight.tensor.Kept;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One request: its model, its limits, and the memory of its answer.
 *
 * @param writing what the answer takes in the form that the client asked for
 * @param rehearsal null where it is really run
 */
public record Session(
        HookedModel model,
        Limits limits,
        Kept kept,
        Writing writing,
        @Nullable Rehearsal rehearsal) {
    static final long BATCH_BYTES = 256L << 20; // larger batches gain nothing

    public Session(HookedModel model, Limits limits, Kept kept, Writing writing) {
        this(model, limits, kept, writing, null);
    }

    /**
     * What an analysis takes: it is played through, on arrays that have shapes and no values.
     *
     * @param analysis all of it that makes arrays
     * @throws dev.headlight.model.BadSelection for what it refuses
     * @throws dev.headlight.model.TooLarge for what the limits do not allow
     */
    public Cost rehearse(Consumer<Session> analysis) {
        Rehearsal books = new Rehearsal();
        try (Kept paper = new Kept(books.ledger())) {
            analysis.accept(new Session(model, limits, paper, writing, books));
        }
        return books.cost();
    }

    /** Memory for a while, closed by the caller. */
    public NDManager newManager() {
        return rehearsal == null ? model.newManager() : model.newManager(rehearsal.ledger());
    }

    /**
     * Inputs of one length, run together. Grouping by length instead of padding makes a row of a batch the same
     * computation as the input alone.
     *
     * @param inputs their places in the request
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
     * The token ids of an input, checked against the vocabulary, the context and the limits.
     *
     * @throws BadSelection for an empty input, an id outside the vocabulary, or one longer than the context
     * @throws dev.headlight.model.TooLarge for more inputs or tokens than the limits allow
     */
    public List<Encoded> encode(Input input, boolean addSpecialTokens) {
        if (input.prompts().isEmpty()) {
            throw new BadSelection(input.field(), "must not be empty");
        }
        limits.requireInputs(input.field(), input.prompts().size());
        List<Encoded> encoded = new ArrayList<>();
        for (int i = 0; i < input.prompts().size(); i++) {
            encoded.add(encode(input.path(i), input.prompts().get(i), addSpecialTokens));
        }
        return encoded;
    }

    /** The same for several fields, one after the other. */
    public List<Encoded> encode(List<Input> inputs, boolean addSpecialTokens) {
        return inputs.stream()
                .flatMap(input -> encode(input, addSpecialTokens).stream())
                .toList();
    }

    /** The same for an input that must be one. */
    Encoded encodeOne(Input input, boolean addSpecialTokens) {
        return encode(input.requireOne(), addSpecialTokens).get(0);
    }

    private Encoded encode(String field, Input.Prompt prompt, boolean addSpecialTokens) {
        Encoded encoded;
        if (prompt instanceof Input.Text text) {
            encoded = inVocabulary(field, model.text().encode(field, text.text(), addSpecialTokens));
        } else if (prompt instanceof Input.Chat chat) {
            encoded = inVocabulary(field, model.text().encode(field, chat.conversation()));
        } else {
            encoded = model.text().describe(ids(field, ((Input.Ids) prompt).ids()));
        }
        if (encoded.length() == 0) {
            throw new BadSelection(field, "must not be empty: it has 0 tokens");
        }
        limits.requireTokens(field, encoded.length());
        Integer context = model.info().contextLength();
        if (context != null && encoded.length() > context) {
            throw new BadSelection(
                    field,
                    "has " + encoded.length() + " tokens, and the context of model " + model.id() + " is 1.."
                            + context);
        }
        limits.requireRun(field, model.bytes(encoded.length()));
        return encoded;
    }

    /** A tokenizer may know more tokens than the model. */
    private Encoded inVocabulary(String field, Encoded encoded) {
        for (int id : encoded.ids()) {
            tokenId(field, id);
        }
        return encoded;
    }

    private int[] ids(String field, List<Long> given) {
        limits.requireTokens(field, given.size());
        int[] ids = new int[given.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = tokenId(field + "[" + i + "]", given.get(i));
        }
        return ids;
    }

    /** An id, checked against the vocabulary. */
    int tokenId(String field, long id) {
        int vocabulary = model.info().vocabSize();
        if (id < 0 || id >= vocabulary) {
            throw new BadSelection(field, id, "must be a token id in 0.." + (vocabulary - 1));
        }
        return (int) id;
    }

    /**
     * The id of a named token. A text never gets special tokens; one that is encoded to several, as {@code " the"} is where
     * the tokenizer puts a space of its own before every text, is the token that is shown so.
     *
     * @throws BadSelection for an id outside the vocabulary, or a text that is not exactly one token
     */
    public int tokenId(String field, TokenName name) {
        if (name.id() != null) {
            return tokenId(field, name.id());
        }
        String text = Objects.requireNonNull(name.text());
        int tokens =
                inVocabulary(field, model.text().encode(field, text, false)).length();
        OptionalInt id = model.text().find(text);
        if (id.isEmpty()) {
            String why = tokens == 1 ? "is not in the vocabulary" : "is " + tokens + " tokens";
            throw new BadSelection(
                    field, "'" + text + "'", why + " and must be exactly 1 token (mind a leading space)");
        }
        return tokenId(field, id.getAsInt());
    }

    /**
     * Groups inputs of equal length, no more at once than a moderate amount of memory holds.
     *
     * @param captured hook points whose values the run keeps, each as often as it keeps them
     * @throws dev.headlight.model.TooLarge if one input alone would take more than the limits allow
     */
    public List<Batch> batches(List<Encoded> inputs, Collection<HookName> captured) {
        return batches(inputs, length -> values(captured, length));
    }

    /** @param kept how many values the run keeps of an input of so many positions */
    List<Batch> batches(List<Encoded> inputs, IntToLongFunction kept) {
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

    AnswerSize answerSize() {
        return new AnswerSize(model);
    }

    /**
     * Notes what the answer will hold, or a part of it.
     *
     * @throws dev.headlight.model.TooLarge if that is more than the limits allow
     */
    void answers(String field, AnswerSize size) {
        long bytes = writing.bytes(size);
        limits.requireResponse(field, bytes);
        if (rehearsal != null) {
            rehearsal.answers(bytes);
        }
    }

    /** @throws dev.headlight.model.TooLarge if so many values take too much memory at once */
    void requireHeld(String field, long values) {
        limits.requireRun(field, Float.BYTES * values);
    }

    /** Values of these hook points for one input of so many positions. */
    long values(Collection<HookName> hooks, int positions) {
        return hooks.stream()
                .mapToLong(h -> model.info().elements(h.site(), positions))
                .sum();
    }

    Provenance provenance(List<Encoded> inputs) {
        return model.provenance(inputs.stream()
                .flatMap(e -> e.specialTokens().stream())
                .distinct()
                .toList());
    }

    static List<Integer> boxed(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }
}
