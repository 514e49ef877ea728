package dev.headlight.interp.session;

import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.text.Encoded;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The estimated size of an answer before it is computed: how many values its tensors have, and how many bytes its text. */
public final class AnswerSize {
    private static final int BYTES_AROUND = 280; // mostly the provenance
    private static final int BYTES_PER_INPUT = 80;

    private final HookedModel model;
    private long tensors;
    private long values;
    private long masked;
    private long text;

    /** An empty answer. */
    AnswerSize(HookedModel model) {
        this.model = model;
    }

    /** Adds the text that every answer has, and the tokens of each input. */
    public AnswerSize inputs(List<Encoded> inputs) {
        text += BYTES_AROUND;
        for (Encoded input : inputs) {
            text += BYTES_PER_INPUT;
            for (int i = 0; i < input.length(); i++) {
                text += String.valueOf(input.ids()[i]).length() + 1;
                text += input.tokens().get(i).getBytes(StandardCharsets.UTF_8).length + 3; // quotes and a comma
            }
        }
        return this;
    }

    /** Adds JSON text outside of tensors. */
    public AnswerSize text(long bytes) {
        text += bytes;
        return this;
    }

    /** Adds a tensor with a hook point's values at some positions of an input. */
    public AnswerSize hook(HookName hook, int length, int[] positions) {
        tensors++;
        text += hook.toString().length() + 4L; // the tensor's name
        if (hook.site().isAttention()) {
            matrices(hook.layer(), model.info().nHeads(), length, positions);
        } else {
            values += model.info().elements(hook.site(), length) / length * positions.length;
        }
        return this;
    }

    /** Adds a tensor whose values are counted by {@link #values(long)} or {@link #matrices}. */
    public AnswerSize tensor() {
        tensors++;
        return this;
    }

    /** Adds a tensor of {@code count} values. */
    public AnswerSize tensor(long count) {
        values += count;
        return tensor();
    }

    /** Adds values to tensors already counted. */
    public AnswerSize values(long count) {
        values += count;
        return this;
    }

    /** Adds values of attention matrices that the model's mask hides, which JSON has as null. */
    public AnswerSize masked(long count) {
        masked += count;
        return this;
    }

    /**
     * Adds values of attention matrices to tensors already counted.
     *
     * @param count how many matrices {@code [query, key]} of the layer
     * @param length positions of the input
     * @param queries the rows of each matrix that the answer has
     */
    public AnswerSize matrices(int layer, long count, int length, int[] queries) {
        long visible = 0;
        for (int query : queries) {
            visible += model.keys(layer, query, length);
        }
        values += count * visible;
        masked += count * ((long) queries.length * length - visible);
        return this;
    }

    /** How many tensors. */
    long tensors() {
        return tensors;
    }

    /** How many values all tensors have, without the masked ones. */
    long values() {
        return values;
    }

    /** How many values of attention matrices the model's mask hides, see {@link #masked(long)}. */
    long masked() {
        return masked;
    }

    /** Bytes of JSON text outside of tensors, approximately. */
    long text() {
        return text;
    }
}
