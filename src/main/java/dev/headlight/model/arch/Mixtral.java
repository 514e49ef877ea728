package dev.headlight.model.arch;

import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.checkpoint.Weights;
import dev.headlight.model.part.GatedMlp;
import dev.headlight.model.part.Linear;
import dev.headlight.model.part.MixtureOfExperts;
import dev.headlight.model.part.Scoring;
import java.util.List;

/**
 * Mixtral, as Transformers' {@code MixtralForCausalLM}: Mistral with a mixture of experts.
 *
 * @see <a href="https://arxiv.org/abs/2401.04088">Jiang et al., 2024</a>
 */
final class Mixtral implements Architecture {
    @Override
    public String modelType() {
        return "mixtral";
    }

    @Override
    public ModelInfo info(Config c) {
        int experts = c.size("num_local_experts", c.size("num_experts", 8));
        return LlamaParts.info(c)
                .experts(experts, c.size("num_experts_per_tok", 2))
                .build();
    }

    @Override
    public HookedModel build(HookedModel.Origin origin, Config c, Weights all) {
        ModelInfo m = origin.info();
        LlamaParts parts = new LlamaParts(m, c, all, 1e-5);
        Scoring scoring = parts.scoring(Rope.Defaults.whole(1e6)).window(c.sizeOrNull("sliding_window", null));
        return parts.transformer(
                origin,
                parts.norm(parts.body().in("norm")),
                layer -> {
                    Weights w = parts.layer(layer);
                    return parts.block(w, parts.attention(w.in("self_attn"), scoring, false, false), mixture(m, c, w));
                },
                false);
    }

    private static MixtureOfExperts mixture(ModelInfo m, Config c, Weights layer) {
        Experts experts = new Experts(m, m.dMlp(), c.string("hidden_act", "silu"));
        boolean hub = layer.has("block_sparse_moe.gate.weight"); // otherwise the names of Transformers 5
        Weights w = layer.in(hub ? "block_sparse_moe" : "mlp");
        List<GatedMlp> all =
                hub ? experts.separate(w.in("experts"), "w1", "w3", "w2") : experts.stacked(w.in("experts"));
        return new MixtureOfExperts(
                Linear.of(w.in("gate"), m.dModel(), m.nExperts(), false), all, m.nChosenExperts(), true);
    }
}
