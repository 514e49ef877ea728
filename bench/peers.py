"""Loads the checkpoints for the peers, float32 and without any processing of the weights."""
import os
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")
import torch

torch.set_grad_enabled(False)


def transformers_model(folder, head=True):
    """Eager attention. Without the head nothing is computed that /attention does not ask for."""
    import transformers

    kind = transformers.AutoModelForCausalLM if head else transformers.AutoModel
    return kind.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()


def transformer_lens_3(folder):
    from transformer_lens import HookedTransformer, HookedTransformerConfig
    from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights

    source = transformers_model(folder)
    c = source.config
    config = HookedTransformerConfig(
        n_layers=c.n_layer, d_model=c.n_embd, n_ctx=c.n_positions, d_head=c.n_embd // c.n_head, n_heads=c.n_head, d_mlp=4 * c.n_embd,
        d_vocab=c.vocab_size, act_fn="gelu_new", normalization_type="LN", device="cpu", eps=c.layer_norm_epsilon,
    )
    model = HookedTransformer(config)
    weights = convert_gpt2_weights(source, config)
    model.load_and_process_state_dict(weights, fold_ln=False, center_writing_weights=False, center_unembed=False, fold_value_biases=False)
    return model.eval()


def transformer_lens_4(folder):
    """Its 4.x has no HookedTransformer; the bridge runs Transformers' own modules with raw weights."""
    from transformer_lens.model_bridge import TransformerBridge

    return TransformerBridge.boot_transformers(folder, device="cpu", dtype=torch.float32)
