package dev.headlight.model.hook;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The kinds of hook points: places in a transformer whose value can be read and changed. Names are those of
 * TransformerLens. Shapes are those of one input; inside a run, a batch axis comes first.
 *
 * <p>Several query heads may share one head of keys and values: {@code kv_head}. In ELECTRA, the embeddings and the final
 * norm may be narrower than d_model.
 *
 * @see <a href="https://transformerlensorg.github.io/TransformerLens/">TransformerLens</a>
 */
public enum Site {
    /**
     * What the token adds to the first residual stream, [position, d_model]: its embedding after a projection (OPT) or
     * factor (Gemma, Granite), before any norm.
     */
    EMBED("embed", "hook_embed", false, "position", "d_model"),
    /** What the position adds, [position, d_model], in models with learned positions. */
    POS_EMBED("pos_embed", "hook_pos_embed", false, "position", "d_model"),
    /** What the token type adds, [position, d_model] (BERT, RoBERTa, ELECTRA). Every token has the first type. */
    TOKEN_TYPE_EMBED("token_type_embed", "hook_token_type_embed", false, "position", "d_model"),
    /**
     * The input of the block, [position, d_model]; in block 0 after the norm or projection that follows the embeddings
     * (BLOOM, BERT and its relatives).
     */
    RESID_PRE("resid_pre", "hook_resid_pre", true, "position", "d_model"),
    /** Queries after the projection and its bias, [position, head, d_head], before a norm and before rotation. */
    Q("q", "attn.hook_q", true, "position", "head", "d_head"),
    /** Keys after the projection and its bias, [position, kv_head, d_head], before a norm and before rotation. */
    K("k", "attn.hook_k", true, "position", "kv_head", "d_head"),
    /** Values after the projection and its bias, [position, kv_head, d_head]. */
    V("v", "attn.hook_v", true, "position", "kv_head", "d_head"),
    /** Queries as the scores use them, normalised and rotated, [position, head, d_head]. Rotary models only. */
    ROT_Q("rot_q", "attn.hook_rot_q", true, "position", "head", "d_head"),
    /** Keys as the scores use them, normalised and rotated, [position, kv_head, d_head]. Rotary models only. */
    ROT_K("rot_k", "attn.hook_rot_k", true, "position", "kv_head", "d_head"),
    /** Attention scores after scale, bias, soft cap and mask, [head, query, key]. Masked scores are minus infinity. */
    ATTN_SCORES("attn_scores", "attn.hook_attn_scores", true, "head", "query", "key"),
    /** The attention pattern, the softmax of the scores, [head, query, key]. Rows sum to 1. */
    PATTERN("pattern", "attn.hook_pattern", true, "head", "query", "key"),
    /** The values weighted by the pattern, [position, head, d_head]: the input of the output projection. */
    Z("z", "attn.hook_z", true, "position", "head", "d_head"),
    /**
     * What attention adds to the residual stream, [position, d_model], after a norm (Gemma 2 and 3, OLMo 2) or factor
     * (Granite) that follows it.
     */
    ATTN_OUT("attn_out", "hook_attn_out", true, "position", "d_model"),
    /**
     * The residual stream between attention and MLP, [position, d_model]; in post-norm blocks after the first norm. Not
     * in blocks where both run in parallel.
     */
    RESID_MID("resid_mid", "hook_resid_mid", true, "position", "d_model"),
    /** The input of the MLP's non-linearity, [position, d_mlp]; in a gated MLP, of the gate. */
    MLP_PRE("mlp_pre", "mlp.hook_pre", true, "position", "d_mlp"),
    /** In a gated MLP, the factor that the gate is multiplied with, [position, d_mlp]. */
    MLP_PRE_LINEAR("mlp_pre_linear", "mlp.hook_pre_linear", true, "position", "d_mlp"),
    /** The neurons, [position, d_mlp]: the input of the MLP's output projection. */
    MLP_POST("mlp_post", "mlp.hook_post", true, "position", "d_mlp"),
    /**
     * The router's softmax over all experts, [position, expert], before the choice. An edit changes choice and weights.
     */
    EXPERT_WEIGHTS("expert_weights", "mlp.hook_expert_weights", true, "position", "expert"),
    /**
     * The chosen experts, strongest first, as whole numbers, [position, chosen]. An edit changes which experts run; each
     * gets the weight of the expert that it replaces.
     */
    EXPERT_INDICES("expert_indices", "mlp.hook_expert_indices", true, "position", "chosen"),
    /** What the MLP adds to the residual stream, [position, d_model], after a norm or factor that follows it. */
    MLP_OUT("mlp_out", "hook_mlp_out", true, "position", "d_model"),
    /** Exactly the input of the next block, [position, d_model]; in post-norm blocks after the second norm. */
    RESID_POST("resid_post", "hook_resid_post", true, "position", "d_model"),
    /**
     * The final norm before gain and bias, [position, d_model]; in a masked language model, the norm in its prediction
     * head.
     */
    LN_FINAL_NORMALIZED("ln_final.normalized", "ln_final.hook_normalized", false, "position", "d_model"),
    /** The final norm after gain and bias, [position, d_model]: the input of the unembedding. */
    LN_FINAL("ln_final", "ln_final.hook_out", false, "position", "d_model"),
    /** The logits, [position, vocab], after a factor (Granite) and a soft cap (Gemma 2). */
    LOGITS("logits", "logits", false, "position", "vocab");

    private final String shortName;
    private final String hook;
    private final boolean perLayer;
    private final List<String> axes;

    Site(String shortName, String hook, boolean perLayer, String... axes) {
        this.shortName = shortName;
        this.hook = hook;
        this.perLayer = perLayer;
        this.axes = List.of(axes);
    }

    /** The site with this short name, such as {@code resid_post}. */
    public static Optional<Site> ofShortName(String name) {
        return Arrays.stream(values()).filter(s -> s.shortName.equals(name)).findFirst();
    }

    /** The site with this hook name, such as {@code hook_resid_post}, in a layer or outside the layers. */
    static Optional<Site> ofHook(String hook, boolean perLayer) {
        return Arrays.stream(values())
                .filter(s -> s.perLayer == perLayer && s.hook.equals(hook))
                .findFirst();
    }

    /** The short name, such as {@code resid_post}. */
    public String shortName() {
        return shortName;
    }

    /** The name after {@code blocks.L.}; the whole name for a site that a model has once. */
    public String hook() {
        return hook;
    }

    /** Whether every layer has this site; otherwise the model has it once. */
    public boolean perLayer() {
        return perLayer;
    }

    /** The names of the axes, for one input. */
    public List<String> axes() {
        return axes;
    }

    /** The names of the axes, for one input, as an array. */
    public String[] dims() {
        return axes.toArray(String[]::new);
    }

    /** The index of the axis of positions, for one input: that of queries for attention scores and patterns. */
    public int positionAxis() {
        return isAttention() ? 1 : 0;
    }

    /** Whether the axes are {@code [head, query, key]}. Positions are then queries. */
    public boolean isAttention() {
        return this == ATTN_SCORES || this == PATTERN;
    }

    /** Whether the site is before the first block. */
    public boolean isEmbedding() {
        return this == EMBED || this == POS_EMBED || this == TOKEN_TYPE_EMBED;
    }

    /** Whether the site is after the last block. */
    public boolean isAfterBlocks() {
        return this == LN_FINAL_NORMALIZED || this == LN_FINAL || this == LOGITS;
    }

    /** Whether the site is inside the MLP, between its input and its output. */
    public boolean isWithinMlp() {
        return hook.startsWith("mlp.");
    }

    /** Whether one axis is attention heads, {@code head} or {@code kv_head}. */
    public boolean hasHeads() {
        return axes.contains("head") || axes.contains("kv_head");
    }
}
