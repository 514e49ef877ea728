package dev.headlight.interp.heads;

import dev.headlight.tensor.Wire;
import java.util.List;

/** A kind of score of a head. Most are means over entries of its attention pattern: how much a query attends to a key. */
public enum HeadScoreKind {
    /**
     * Attention to the previous token, as a mean over repeated random tokens.
     *
     * @see <a href="https://transformerlensorg.github.io/TransformerLens/">TransformerLens, head_detector</a>, which uses the
     *     same entries of the pattern
     */
    PREVIOUS_TOKEN,
    /** Attention to the earlier copy of the same token, as a mean over the second copy of repeated random tokens. */
    DUPLICATE_TOKEN,
    /**
     * Attention to the token after the earlier copy (prefix matching), as a mean over the second copy of repeated random
     * tokens.
     *
     * @see <a href="https://arxiv.org/abs/2209.11895">Olsson et al., 2022, In-context Learning and Induction Heads</a>
     */
    INDUCTION,
    /**
     * Attention to the first position, as a mean over all later queries.
     *
     * @see <a href="https://arxiv.org/abs/2309.17453">Xiao et al., 2023, attention sinks</a>
     */
    FIRST_TOKEN,
    /** Entropy of the attention, in nats, as a mean over queries. */
    ENTROPY,
    /**
     * The sum of the eigenvalues of the OV circuit (tokens to logits) divided by the sum of their moduli: 1 if the head makes
     * every token that it reads more likely.
     *
     * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021</a>
     */
    COPYING,
    /**
     * The product of two factors at the last position: the attention to the answer, and what the head's output adds to the
     * logit difference of answer and foil.
     *
     * @see <a href="https://arxiv.org/abs/2211.00593">Wang et al., 2022, Interpretability in the Wild</a>, who plot the two factors
     *     against each other
     */
    NAME_MOVER;

    private static final String ATTENTION = "name_mover_attention";
    private static final String LOGIT = "name_mover_logit";

    /** The name in requests and answers. */
    @Override
    public String toString() {
        return Wire.name(this);
    }

    /** The names of its tensors in an answer: the score, and then its factors if it is a product. */
    public List<String> tensors() {
        return this == NAME_MOVER ? List.of(toString(), ATTENTION, LOGIT) : List.of(toString());
    }

    /** Whether it can be measured only on repeated random tokens. */
    boolean needsRepeats() {
        return this == PREVIOUS_TOKEN || this == DUPLICATE_TOKEN || this == INDUCTION;
    }

    /** Whether it can be measured on any tokens, such as those of the request. */
    boolean takesAnyTokens() {
        return this == FIRST_TOKEN || this == ENTROPY;
    }
}
