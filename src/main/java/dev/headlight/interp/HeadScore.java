package dev.headlight.interp;

import dev.headlight.tensor.Wire;
import java.util.List;

/** What a head is like, as a number. A pattern's value at a query and a key is how much the query attends to the key. */
public enum HeadScore {
    /**
     * Attention to the token before: the mean over the repeated random tokens.
     *
     * @see <a href="https://transformerlensorg.github.io/TransformerLens/">TransformerLens, head_detector</a>, which weighs
     *     the same entries of the pattern
     */
    PREVIOUS_TOKEN,
    /** Attention to the earlier copy of the token itself: the mean over the second copy of repeated random tokens. */
    DUPLICATE_TOKEN,
    /**
     * Attention to the token behind the earlier copy, likewise: prefix matching.
     *
     * @see <a href="https://arxiv.org/abs/2209.11895">Olsson et al., 2022, In-context Learning and Induction Heads</a>
     */
    INDUCTION,
    /**
     * Attention to the first position, by all queries behind it.
     *
     * @see <a href="https://arxiv.org/abs/2309.17453">Xiao et al., 2023, attention sinks</a>
     */
    FIRST_TOKEN,
    /** Entropy of the attention in nats, the mean over queries. */
    ENTROPY,
    /**
     * The sum of the eigenvalues of the OV circuit, from tokens to logits, over the sum of their moduli: 1 where whatever is
     * read is made more likely.
     *
     * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
     */
    COPYING,
    /**
     * The attention of the last position to the answer, times what the head's output there adds to the logit of the answer
     * less that of the foil.
     *
     * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, Interpretability in the Wild</a>, who draw one over
     *     the other
     */
    NAME_MOVER;

    private static final String ATTENTION = "name_mover_attention";
    private static final String LOGIT = "name_mover_logit";

    /** The name in requests and answers. */
    @Override
    public String toString() {
        return Wire.name(this);
    }

    /** Its tensors in an answer: itself, and what it is the product of. */
    public List<String> tensors() {
        return this == NAME_MOVER ? List.of(toString(), ATTENTION, LOGIT) : List.of(toString());
    }

    /** Whether it is read off patterns of repeated random tokens. */
    boolean ofRepeats() {
        return this == PREVIOUS_TOKEN || this == DUPLICATE_TOKEN || this == INDUCTION;
    }

    /** Whether it is read off patterns of any tokens. */
    boolean ofAnything() {
        return this == FIRST_TOKEN || this == ENTROPY;
    }
}
