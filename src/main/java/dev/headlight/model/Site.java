package dev.headlight.model;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The places in a transformer whose value can be read and changed, named as TransformerLens names them.
 *
 * @see <a href="https://transformerlensorg.github.io/TransformerLens/">TransformerLens</a>
 */
public enum Site {
    EMBED("embed", "hook_embed", false, "position", "d_model"),
    POS_EMBED("pos_embed", "hook_pos_embed", false, "position", "d_model"),
    TOKEN_TYPE_EMBED("token_type_embed", "hook_token_type_embed", false, "position", "d_model"),
    RESID_PRE("resid_pre", "hook_resid_pre", true, "position", "d_model"),
    Q("q", "attn.hook_q", true, "position", "head", "d_head"),
    K("k", "attn.hook_k", true, "position", "kv_head", "d_head"),
    V("v", "attn.hook_v", true, "position", "kv_head", "d_head"),
    ROT_Q("rot_q", "attn.hook_rot_q", true, "position", "head", "d_head"),
    ROT_K("rot_k", "attn.hook_rot_k", true, "position", "kv_head", "d_head"),
    ATTN_SCORES("attn_scores", "attn.hook_attn_scores", true, "head", "query", "key"),
    PATTERN("pattern", "attn.hook_pattern", true, "head", "query", "key"),
    Z("z", "attn.hook_z", true, "position", "head", "d_head"),
    ATTN_OUT("attn_out", "hook_attn_out", true, "position", "d_model"),
    RESID_MID("resid_mid", "hook_resid_mid", true, "position", "d_model"),
    MLP_PRE("mlp_pre", "mlp.hook_pre", true, "position", "d_mlp"),
    MLP_PRE_LINEAR("mlp_pre_linear", "mlp.hook_pre_linear", true, "position", "d_mlp"),
    MLP_POST("mlp_post", "mlp.hook_post", true, "position", "d_mlp"),
    EXPERT_WEIGHTS("expert_weights", "mlp.hook_expert_weights", true, "position", "expert"),
    EXPERT_INDICES("expert_indices", "mlp.hook_expert_indices", true, "position", "chosen"),
    MLP_OUT("mlp_out", "hook_mlp_out", true, "position", "d_model"),
    RESID_POST("resid_post", "hook_resid_post", true, "position", "d_model"),
    LN_FINAL_NORMALIZED("ln_final.normalized", "ln_final.hook_normalized", false, "position", "d_model"),
    LN_FINAL("ln_final", "ln_final.hook_out", false, "position", "d_model"),
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

    /** The site with this name in a model (not in a layer) or in a layer, such as {@code hook_resid_post}. */
    static Optional<Site> ofHook(String hook, boolean perLayer) {
        return Arrays.stream(values())
                .filter(s -> s.perLayer == perLayer && s.hook.equals(hook))
                .findFirst();
    }

    public String shortName() {
        return shortName;
    }

    /** The name behind {@code blocks.L.}, or the whole name where there is one a model. */
    public String hook() {
        return hook;
    }

    public boolean perLayer() {
        return perLayer;
    }

    /** Axes for one input. */
    public List<String> axes() {
        return axes;
    }

    /** Whether the axes are {@code [head, query, key]}; positions then are query rows. */
    public boolean isAttention() {
        return this == ATTN_SCORES || this == PATTERN;
    }

    /** Whether it lies before the first block. */
    public boolean isEmbedding() {
        return this == EMBED || this == POS_EMBED || this == TOKEN_TYPE_EMBED;
    }

    /** Whether it lies between what the MLP reads and what it writes. */
    public boolean isWithinMlp() {
        return hook.startsWith("mlp.");
    }

    /** Whether one axis is the attention head. */
    public boolean hasHeads() {
        return axes.contains("head") || axes.contains("kv_head");
    }
}
