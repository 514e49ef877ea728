package dev.headlight.model.arch;

import ai.djl.ndarray.NDArray;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.part.Linear;
import org.jspecify.annotations.Nullable;

/** The weights of the unembedding, which many families share with (tie to) the token embeddings. */
final class TiedEmbeddings {
    private TiedEmbeddings() {}

    /**
     * The token embeddings. A tied checkpoint may store them under the unembedding's name only.
     *
     * @param w holds them as {@code name}
     * @param all holds the unembedding as {@code head}
     * @return [vocab, width]
     */
    static NDArray embedding(
            Config c, Weights w, String name, Weights all, String head, boolean byDefault, long... shape) {
        boolean tied = c.flag("tie_word_embeddings", byDefault);
        return tied && !w.has(name) && all.has(head) ? all.get(head, shape) : w.get(name, shape);
    }

    /**
     * The layer that computes the logits.
     *
     * @param name of the weights if they are not tied, such as {@code lm_head.weight}
     * @param embedding [vocab, width]
     * @param byDefault whether they are tied if the config does not say
     */
    static Linear unembedding(Config c, Weights all, String name, NDArray embedding, boolean byDefault) {
        return unembedding(c, all, name, embedding, byDefault, null);
    }

    static Linear unembedding(
            Config c, Weights all, String name, NDArray embedding, boolean byDefault, @Nullable NDArray bias) {
        long[] shape = embedding.getShape().getShape();
        if (!c.flag("tie_word_embeddings", byDefault)) {
            return new Linear(all.get(name, shape), bias);
        }
        refuseUntied(all, name, embedding);
        return new Linear(embedding, bias);
    }

    /** Refuses two different weights that the config ties: Transformers 4 and 5 disagree on which one is used. */
    private static void refuseUntied(Weights all, String name, NDArray embedding) {
        if (all.has(name) && !all.equal(name, embedding)) {
            throw new ModelRefused("weight " + name + " differs from the token embeddings, and config.json ties"
                    + " the two; set tie_word_embeddings to false to use it");
        }
    }
}
