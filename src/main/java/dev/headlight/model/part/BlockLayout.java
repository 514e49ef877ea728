package dev.headlight.model.part;

/** How attention and MLP are placed around the residual stream. */
public enum BlockLayout {
    /**
     * Attention, then MLP. Their inputs are normalised, the stream itself is not: GPT-2, Llama.
     *
     * @see <a href="https://arxiv.org/abs/2002.04745">Xiong et al., 2020</a>
     */
    PRE_NORM,
    /**
     * Attention, then MLP. The stream is normalised after each: the original transformer, BERT.
     *
     * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al., 2017</a>
     */
    POST_NORM,
    /**
     * Attention and MLP both read what the block receives, so that there is no {@code resid_mid}: GPT-J, GPT-NeoX,
     * Falcon.
     *
     * @see <a href="https://github.com/kingoflolz/mesh-transformer-jax">Wang and Komatsuzaki, 2021, GPT-J</a>
     */
    PARALLEL
}
