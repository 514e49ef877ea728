package dev.headlight.model;

import org.jspecify.annotations.Nullable;

/**
 * A model's sizes, as its {@code config.json} gives them.
 *
 * @param architecture Transformers' {@code model_type}
 * @param nKvHeads heads of keys and values
 * @param dEmbed width of the embeddings and of what the unembedding reads; d_model in most families
 * @param dMlp neurons of an MLP, or of one expert
 * @param nExperts experts of a layer; 0 where there are none
 * @param nChosenExperts experts that each token goes to
 * @param contextLength most positions of one input; null where nothing bounds it
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

    /** Length of a hook point's last axis; the key axis has the input's length, given here. */
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

    /** Heads of a hook point that has them. */
    public int heads(Site site) {
        return site.axes().contains("kv_head") ? nKvHeads : nHeads;
    }

    /** Elements of a hook point's value for one input of so many positions. */
    public long elements(Site site, int positions) {
        long heads = site.hasHeads() ? heads(site) : 1;
        return heads * positions * width(site, positions);
    }

    /** Sizes by name. A causal model unless said otherwise; heads share d_model, and each has its own keys and values. */
    public static final class Builder {
        private static final int MOST = 10_000; // far more than any model has; each is looked for in the weights

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

        public Builder(String architecture) {
            this.architecture = architecture;
        }

        public Builder layers(int layers) {
            this.layers = bounded("layers", layers);
            return this;
        }

        public Builder heads(int heads) {
            this.heads = heads;
            return this;
        }

        public Builder kvHeads(int kvHeads) {
            this.kvHeads = kvHeads;
            return this;
        }

        public Builder dModel(int dModel) {
            this.dModel = dModel;
            return this;
        }

        public Builder dEmbed(int dEmbed) {
            this.dEmbed = dEmbed;
            return this;
        }

        /** Where the heads do not share d_model. */
        public Builder dHead(int dHead) {
            this.dHead = dHead;
            return this;
        }

        public Builder dMlp(int dMlp) {
            this.dMlp = dMlp;
            return this;
        }

        public Builder experts(int experts, int chosen) {
            this.experts = bounded("experts", experts);
            this.chosen = chosen;
            return this;
        }

        public Builder vocab(int vocab) {
            this.vocab = vocab;
            return this;
        }

        public Builder context(@Nullable Integer context) {
            this.context = context;
            return this;
        }

        public Builder bidirectional() {
            this.causal = false;
            return this;
        }

        /** @throws ModelRefused for sizes that do not fit together */
        public ModelInfo build() {
            int kv = kvHeads == 0 ? heads : kvHeads;
            requireMultiple("width " + dModel, dHead == 0 ? dModel : heads, heads);
            requireMultiple("number of heads " + heads, heads, kv);
            if (context != null && context < 1) {
                throw new ModelRefused("config.json: the context is " + context + " positions");
            }
            if (chosen > experts) {
                throw new ModelRefused("config.json: " + chosen + " experts a token, of " + experts);
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
                throw new ModelRefused("config.json: the " + what + " is no multiple of " + of + " heads");
            }
        }
    }
}
