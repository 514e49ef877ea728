package dev.headlight.interp.session;

import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import dev.headlight.model.text.ModelText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Turns the inputs of one request into token ids of one model, and checks them. Each text is tokenised once and each
 * conversation rendered once, also when the dry run and the run both ask for it. It holds no arrays. One thread uses it at
 * a time.
 */
final class InputEncoder {
    private record Key(Input.Prompt prompt, boolean addSpecialTokens) {}

    private final HookedModel model;
    private final Limits limits;
    private final Map<Key, Encoded> encoded; // texts and conversations
    private final Set<String> warnings;

    private InputEncoder(HookedModel model, Limits limits, Map<Key, Encoded> encoded, Set<String> warnings) {
        this.model = model;
        this.limits = limits;
        this.encoded = encoded;
        this.warnings = warnings;
    }

    InputEncoder(HookedModel model, Limits limits) {
        this(model, limits, new HashMap<>(), new LinkedHashSet<>());
    }

    /** Remarks on the inputs so far. */
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** An encoder with other limits, which shares what this one has encoded. */
    InputEncoder withLimits(Limits others) {
        return new InputEncoder(model, others, encoded, warnings);
    }

    /**
     * The tokens of each prompt of an input, checked against the vocabulary, the context and the limits.
     *
     * @throws BadSelection for an empty input, an id outside the vocabulary, or one longer than the context
     * @throws dev.headlight.model.fault.TooLarge for more inputs or tokens than the limits allow
     */
    List<Encoded> encode(Input input, boolean addSpecialTokens) {
        if (input.prompts().isEmpty()) {
            throw new BadSelection(input.field(), "must not be empty");
        }
        limits.requireInputs(input.field(), input.prompts().size());
        List<Encoded> all = new ArrayList<>();
        for (int i = 0; i < input.prompts().size(); i++) {
            all.add(checked(input.path(i), tokens(input.path(i), input.prompts().get(i), addSpecialTokens)));
        }
        return all;
    }

    private Encoded tokens(String field, Input.Prompt prompt, boolean addSpecialTokens) {
        if (prompt instanceof Input.Ids given) {
            return model.text().describe(ids(field, given));
        }
        Key key = new Key(prompt, addSpecialTokens);
        Encoded known = encoded.get(key);
        if (known == null) {
            ModelText.Length length = (count, exact) -> limits.requireTokens(field, count, exact);
            known = prompt instanceof Input.Chat chat
                    ? model.text().encode(field, chat.conversation(), length)
                    : model.text().encode(field, ((Input.Text) prompt).text(), addSpecialTokens, length);
            encoded.put(key, known);
        }
        warnings.addAll(DoubledTokens.warnings(field, known, model.text()));
        return inVocabulary(field, known);
    }

    private Encoded checked(String field, Encoded tokens) {
        int length = tokens.length();
        if (length == 0) {
            throw new BadSelection(field, "must not be empty: it has 0 tokens");
        }
        limits.requireTokens(field, length);
        Integer context = model.info().contextLength();
        if (context != null && length > context) {
            throw new BadSelection(
                    field, "has " + length + " tokens, and the context of model " + model.id() + " is 1.." + context);
        }
        limits.requireRun(field, model.bytes(length));
        return tokens;
    }

    /** Checks every id: a tokenizer may have more tokens than the model. */
    private Encoded inVocabulary(String field, Encoded tokens) {
        for (int id : tokens.ids()) {
            tokenId(field, id);
        }
        return tokens;
    }

    private int[] ids(String field, Input.Ids given) {
        limits.requireTokens(field, given.count());
        int[] ids = new int[given.ids().size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = tokenId(field + "[" + i + "]", given.ids().get(i));
        }
        return ids;
    }

    /**
     * An id, checked against the vocabulary.
     *
     * @throws BadSelection for an id outside it
     */
    int tokenId(String field, long id) {
        int vocabulary = model.info().vocabSize();
        if (id < 0 || id >= vocabulary) {
            throw new BadSelection(field, id, "must be a token id in 0.." + (vocabulary - 1));
        }
        return (int) id;
    }

    /**
     * The id of a named token. A text is encoded without special tokens. Some tokenizers put a space before every text, so
     * that {@code " the"} is encoded to two tokens; such a text names the token that is displayed as this text.
     *
     * @throws BadSelection for an id outside the vocabulary, or a text that is not exactly one token
     */
    int tokenId(String field, TokenName name) {
        if (name.id() != null) {
            return tokenId(field, name.id());
        }
        String text = Objects.requireNonNull(name.text());
        Encoded tokens = tokens(field, new Input.Text(text), false);
        OptionalInt id = model.text().find(text, tokens);
        if (id.isEmpty()) {
            String why = tokens.length() == 1 ? "is not in the vocabulary" : "is " + tokens.length() + " tokens";
            throw new BadSelection(
                    field, "'" + text + "'", why + " and must be exactly 1 token (mind a leading space)");
        }
        return tokenId(field, id.getAsInt());
    }
}
