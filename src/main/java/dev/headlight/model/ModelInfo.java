package dev.headlight.model;

import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.hook.Site;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a model, from its {@code config.json}.
 *
 * @param architecture the family, Transformers' {@code model_type}
 * @param nLayers blocks
 * @param nHeads query heads of a block
 * @param nKvHeads heads of keys and values of a block, each shared by {@code nHeads / nKvHeads} query heads
 * @param dModel width of the residual stream
 * @param dEmbed width of the embeddings and of the input of the unembedding; d_model in most families
 * @param dHead width of the queries, keys and values of a head
 * @param dMlp neurons of an MLP, or of one expert
 * @param nExperts experts of a layer; 0 if there are none
 * @param nChosenExperts experts that each token goes to
 * @param vocabSize tokens, and logits per position
 * @param contextLength positions of the longest input; null if there is no limit
 * @param causal whether a query sees only itself and earlier keys
 */
public record ModelInfo(
        String architecture,
        int nLayers,
        int nHeads,
        int nKvHeads,
        int dModel,
        int dEmbed,
        int dHead,
        int dMlp,
        int nExperts,
        int nChosenExperts,
        int vocabSize,
        @Nullable Integer contextLength,
        boolean causal) {

    /**
     * Length of the last axis of a site.
     *
     * @param positions length of the input, which is the number of keys
     */
    public int width(Site site, int positions) {
        return switch (site) {
            case Q, K, V, ROT_Q, ROT_K, Z -> dHead;
            case ATTN_SCORES, PATTERN -> positions;
            case MLP_PRE, MLP_PRE_LINEAR, MLP_POST -> dMlp;
            case EXPERT_WEIGHTS -> nExperts;
            case EXPERT_INDICES -> nChosenExperts;
            case LOGITS -> vocabSize;
            case EMBED, POS_EMBED, TOKEN_TYPE_EMBED, LN_FINAL_NORMALIZED, LN_FINAL -> dEmbed;
            case RESID_PRE, ATTN_OUT, RESID_MID, MLP_OUT, RESID_POST -> dModel;
        };
    }

    /** Number of heads of a site that has an axis of heads. */
    public int heads(Site site) {
        return site.axes().contains("kv_head") ? nKvHeads : nHeads;
    }

    /** Number of elements of a site's value, for one input of the given length. */
    public long elements(Site site, int positions) {
        long heads = site.hasHeads() ? heads(site) : 1;
        return heads * positions * width(site, positions);
    }

    /**
     * Sets sizes by name. By default a model is causal, has one kv head per head, no experts and no limit of its
     * context; d_head is d_model / heads, and d_embed is d_model.
     */
    public static final class Builder {
        private static final int MOST =
                10_000; // more than any model has: a wrong config must not cause a long search for weights

        private final String architecture;
        private boolean causal = true;
        private @Nullable Integer context;
        private int layers;
        private int heads;
        private int kvHeads;
        private int dModel;
        private int dEmbed;
        private int dHead;
        private int dMlp;
        private int experts;
        private int chosen;
        private int vocab;

        /** Starts with no sizes; {@code architecture} is the family, Transformers' {@code model_type}. */
        public Builder(String architecture) {
            this.architecture = architecture;
        }

        /**
         * Number of blocks.
         *
         * @throws ModelRefused for more than 10,000
         */
        public Builder layers(int layers) {
            this.layers = bounded("layers", layers);
            return this;
        }

        /** Number of query heads of a block. */
        public Builder heads(int heads) {
            this.heads = heads;
            return this;
        }

        /** Number of heads of keys and values of a block, which must divide the number of heads. */
        public Builder kvHeads(int kvHeads) {
            this.kvHeads = kvHeads;
            return this;
        }

        /** Width of the residual stream. */
        public Builder dModel(int dModel) {
            this.dModel = dModel;
            return this;
        }

        /** Width of the embeddings, if it is not d_model. */
        public Builder dEmbed(int dEmbed) {
            this.dEmbed = dEmbed;
            return this;
        }

        /** Width of a head, if it is not d_model / heads. */
        public Builder dHead(int dHead) {
            this.dHead = dHead;
            return this;
        }

        /** Number of neurons of an MLP, or of one expert. */
        public Builder dMlp(int dMlp) {
            this.dMlp = dMlp;
            return this;
        }

        /**
         * Number of experts of a layer.
         *
         * @param chosen experts that each token goes to
         * @throws ModelRefused for more than 10,000 experts
         */
        public Builder experts(int experts, int chosen) {
            this.experts = bounded("experts", experts);
            this.chosen = chosen;
            return this;
        }

        /** Number of tokens. */
        public Builder vocab(int vocab) {
            this.vocab = vocab;
            return this;
        }

        /** Positions of the longest input; null for no limit. */
        public Builder context(@Nullable Integer context) {
            this.context = context;
            return this;
        }

        /** Lets a query see all keys, as in BERT. */
        public Builder bidirectional() {
            this.causal = false;
            return this;
        }

        /**
         * Builds the sizes.
         *
         * @throws ModelRefused for sizes that do not fit together
         */
        public ModelInfo build() {
            int kv = kvHeads == 0 ? heads : kvHeads;
            requireMultiple("width " + dModel, dHead == 0 ? dModel : heads, heads);
            requireMultiple("number of heads " + heads, heads, kv);
            if (context != null && context < 1) {
                throw new ModelRefused("config.json: the context is " + context + " positions");
            }
            if (chosen > experts) {
                throw new ModelRefused(
                        "config.json: " + chosen + " experts per token are more than the layer's " + experts);
            }
            return new ModelInfo(
                    architecture,
                    layers,
                    heads,
                    kv,
                    dModel,
                    dEmbed == 0 ? dModel : dEmbed,
                    dHead == 0 ? dModel / heads : dHead,
                    dMlp,
                    experts,
                    chosen,
                    vocab,
                    context,
                    causal);
        }

        private static int bounded(String what, int count) {
            if (count > MOST) {
                throw new ModelRefused("config.json: " + count + " " + what + " are more than " + MOST);
            }
            return count;
        }

        private static void requireMultiple(String what, int value, int of) {
            if (value % of != 0) {
                throw new ModelRefused("config.json: the " + what + " is not a multiple of " + of + " heads");
            }
        }
    }
}
