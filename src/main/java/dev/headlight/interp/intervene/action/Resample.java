package dev.headlight.interp.intervene.action;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.model.hook.HookName;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scratch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Resample ablation: sets the chosen values to those at another position of the same input in the unmodified run, or at one
 * of all tokens of a reference. The seed, the hook point and the position decide which; several positions may draw the same.
 *
 * @param seed chosen at random if a request gives none
 * @param reference inputs to draw tokens from; null for the same input
 * @see <a href="https://www.alignmentforum.org/posts/JvZhhzycHu2Yd57RN">Chan et al., 2022, causal scrubbing</a>
 */
@Described(
        "Sets to the value at another position of the same input in the unmodified run, or at one of all tokens of the"
                + " `reference` inputs. Each position draws one. The seed, the hook point and the position decide which, not the"
                + " heads, the neurons or the batch. Not on `pattern` and `attn_scores`.")
public record Resample(SeededRandom seed, @Nullable Input reference) implements Action {
    @Override
    public void check(ActionTarget target) {
        target.refuseAttention(this, "where a row of another position has other keys");
        if (reference == null && target.slice().length() == 1) {
            throw target.refusal(
                    this,
                    "takes the value of another position, and an input has only 1: give inputs of 2 tokens or more, or a reference");
        }
    }

    @Override
    public boolean needsOriginal() {
        return reference == null;
    }

    @Override
    public int heldPositions(int longest) {
        return reference == null ? 0 : longest;
    }

    @Override
    public NDArray edit(NDArray value, EditContext context) {
        HookSlice slice = context.slice();
        int axis = slice.positionAxis() + 1;
        NDArray drawn = reference != null
                ? Ops.slice(context.requiredSourceValues(), axis, 0, slice.length())
                : Ops.select(
                        context.original(),
                        axis,
                        drawPositions(seed, context.target().hook(), slice.length()));
        return context.broadcast(drawn, value);
    }

    /**
     * Draws, for each position, another position of the same input.
     *
     * @param length tokens of the input, at least 2
     * @return {@code [position]}, each in 0..length-1 and not the position itself
     */
    public static int[] drawPositions(SeededRandom seed, HookName hook, int length) {
        return IntStream.range(0, length)
                .map(position -> {
                    int other = seed.at(hook, position).nextInt(length - 1);
                    return other < position ? other : other + 1;
                })
                .toArray();
    }

    /**
     * Draws, for each position, one of all tokens of a reference, which are numbered through its inputs in order.
     *
     * @return {@code [position]}, each in 0..tokens-1
     */
    public static int[] drawTokens(SeededRandom seed, HookName hook, int positions, int tokens) {
        return IntStream.range(0, positions)
                .map(position -> seed.at(hook, position).nextInt(tokens))
                .toArray();
    }

    /** The values at the drawn tokens, one for each position of the longest input: {@code [1, position, other axes]}. */
    @Override
    public NDArray gather(ReferenceRuns runs) {
        int longest = runs.longest();
        int[] firstTokens = new int[runs.inputs().size() + 1]; // the number of each input's first token
        Arrays.setAll(firstTokens, i -> i == 0 ? 0 : runs.inputs().get(i - 1).length());
        Arrays.parallelPrefix(firstTokens, Integer::sum);
        int[] tokens = drawTokens(seed, runs.hook(), longest, firstTokens[firstTokens.length - 1]);
        int[] indices = new int[longest]; // of each position's value in parts
        int count = 0;
        List<NDArray> parts = new ArrayList<>();
        for (Session.Batch batch : runs.batches()) {
            List<Long> chosen = new ArrayList<>();
            for (int position = 0; position < longest; position++) {
                long at = indexIn(batch, firstTokens, tokens[position]);
                if (at >= 0) {
                    chosen.add(at);
                    indices[position] = count++;
                }
            }
            if (!chosen.isEmpty()) {
                parts.add(values(runs, batch, chosen));
            }
        }
        NDArray inOrder =
                Scratch.only(() -> Ops.select(Ops.concat(parts, 0), 0, indices).reshape(shape(runs)));
        parts.forEach(NDArray::close);
        return inOrder;
    }

    /** The index of a token in a batch, counted row by row; -1 if the batch lacks it. */
    private static long indexIn(Session.Batch batch, int[] firstTokens, int token) {
        for (int row = 0; row < batch.rows().size(); row++) {
            int at = token - firstTokens[batch.inputs().get(row)];
            if (at >= 0 && at < batch.length()) {
                return (long) row * batch.length() + at;
            }
        }
        return -1;
    }

    /** The values at some tokens of a batch, counted row by row: {@code [token, all other axes of the site in one]}. */
    private static NDArray values(ReferenceRuns runs, Session.Batch batch, List<Long> chosen) {
        try (NDManager scratch = runs.session().newManager()) {
            NDArray table =
                    runs.value(batch, scratch).reshape((long) batch.rows().size() * batch.length(), -1);
            NDArray ids = scratch.create(chosen.stream().mapToLong(i -> i).toArray());
            NDArray values = Ops.embedding(ids, table);
            values.attach(runs.manager());
            return values;
        }
    }

    private static Shape shape(ReferenceRuns runs) {
        HookName hook = runs.hook();
        return hook.site().hasHeads()
                ? new Shape(1, runs.longest(), runs.session().model().info().heads(hook.site()), -1)
                : new Shape(1, runs.longest(), -1);
    }
}
