package dev.headlight.interp.heads;

import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import dev.headlight.model.text.PlainTokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Repeated random tokens: distinct random tokens, followed by the same tokens again. Only the first copy predicts the second.
 * Special tokens are added where the tokenizer adds them to a text.
 *
 * @param tokens the tokens to draw from, and the special tokens before and after them
 * @param length tokens of one copy
 * @param count how many inputs
 * @param seed seed of the random numbers
 * @see <a href="https://arxiv.org/abs/2209.11895">Olsson et al., 2022</a>
 */
public record RepeatedTokens(PlainTokens tokens, int length, int count, long seed) {
    private static final int LENGTH = 25;
    private static final int COUNT = 10;
    private static final int MAX_COUNT = 1000;

    /**
     * Checks the fields of a request.
     *
     * @param addSpecialTokens whether the special tokens of a text are added
     * @param length null for 25, or for the most that context and vocabulary allow
     * @param count null for 10
     * @param seed null for 0
     * @throws BadSelection if the length exceeds the vocabulary or the context, or there are too many inputs
     */
    public static RepeatedTokens of(
            HookedModel model,
            boolean addSpecialTokens,
            @Nullable Integer length,
            @Nullable Integer count,
            @Nullable Long seed) {
        PlainTokens all = model.text().plainTokens();
        PlainTokens tokens = addSpecialTokens ? all : all.bare();
        int most = tokens.tokens().length;
        Integer context = model.info().contextLength();
        if (context != null) {
            most = Math.min(most, (context - tokens.before().length - tokens.after().length) / 2);
        }
        int chosen = length == null ? Math.min(LENGTH, most) : length;
        if (chosen < 2 || chosen > most) {
            throw new BadSelection(
                    "sequence_length", chosen, "must be 2.." + most + ", as context and vocabulary allow");
        }
        int sequences = count == null ? COUNT : count;
        if (sequences < 1 || sequences > MAX_COUNT) {
            throw new BadSelection("sequences", sequences, "must be 1.." + MAX_COUNT);
        }
        return new RepeatedTokens(tokens, chosen, sequences, seed == null ? 0 : seed);
    }

    /** The position of the first token of the first copy. */
    int start() {
        return tokens.before().length;
    }

    /** How many tokens one input has. */
    int inputLength() {
        return start() + 2 * length + tokens.after().length;
    }

    /**
     * Draws the inputs.
     *
     * @throws dev.headlight.model.fault.TooLarge if the limits do not allow the inputs or their tokens
     */
    List<Encoded> draw(Session session) {
        session.limits().requireInputs("sequences", count);
        session.limits().requireTokens("sequence_length", inputLength());
        session.limits().requireRun("sequence_length", session.model().bytes(inputLength()));
        Random random = new Random(seed);
        int[] pool = tokens.tokens().clone();
        List<Encoded> inputs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            inputs.add(session.model().text().describe(one(random, pool)));
        }
        return inputs;
    }

    private int[] one(Random random, int[] pool) {
        int[] ids = new int[inputLength()];
        System.arraycopy(tokens.before(), 0, ids, 0, start());
        for (int i = 0; i < length; i++) { // the first tokens of a Fisher-Yates shuffle
            int from = i + random.nextInt(pool.length - i);
            int id = pool[from];
            pool[from] = pool[i];
            pool[i] = id;
            ids[start() + i] = id;
            ids[start() + length + i] = id;
        }
        System.arraycopy(tokens.after(), 0, ids, start() + 2 * length, tokens.after().length);
        return ids;
    }
}
