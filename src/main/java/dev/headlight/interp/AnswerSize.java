package dev.headlight.interp;

import dev.headlight.model.Encoded;
import dev.headlight.model.HookName;
import dev.headlight.model.HookedModel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** How much an answer holds, before there is one: the values of its tensors, and the text around them, about. */
final class AnswerSize {
    private static final int BYTES_AROUND = 280; // the provenance, most of it
    private static final int BYTES_PER_INPUT = 80;

    private final HookedModel model;
    private long tensors;
    private long values;
    private long hidden;
    private long text;

    AnswerSize(HookedModel model) {
        this.model = model;
    }

    /** What every answer has, and for each input its tokens. */
    AnswerSize inputs(List<Encoded> inputs) {
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

    AnswerSize text(long bytes) {
        text += bytes;
        return this;
    }

    /** A tensor of a hook point's values at some positions of an input. */
    AnswerSize hook(HookName hook, int length, int[] positions) {
        tensors++;
        text += hook.toString().length() + 4L; // as the tensor's name
        if (hook.site().isAttention()) {
            matrices(hook.layer(), model.info().nHeads(), length, positions);
        } else {
            values += model.info().elements(hook.site(), length) / length * positions.length;
        }
        return this;
    }

    /** A tensor that is put together from matrices of queries and keys. */
    AnswerSize tensor() {
        tensors++;
        return this;
    }

    /** A tensor of so many values. */
    AnswerSize tensor(long count) {
        values += count;
        return tensor();
    }

    /** Values of tensors that are counted by themselves. */
    AnswerSize values(long count) {
        values += count;
        return this;
    }

    /** Values that are written as null. */
    AnswerSize hidden(long count) {
        hidden += count;
        return this;
    }

    /** @param count of the layer's matrices, each [query, key], of which only these queries */
    AnswerSize matrices(int layer, long count, int length, int[] queries) {
        long seen = 0;
        for (int query : queries) {
            seen += model.keys(layer, query, length);
        }
        values += count * seen;
        hidden += count * ((long) queries.length * length - seen);
        return this;
    }

    long tensors() {
        return tensors;
    }

    long values() {
        return values;
    }

    long hidden() {
        return hidden;
    }

    long text() {
        return text;
    }
}
