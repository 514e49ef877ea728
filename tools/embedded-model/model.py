"""GPT-2 in plain PyTorch, with the names and shapes of Transformers, and three things for training:

document masks, heads that can be switched off per token (routes), and the size of each head's output.
"""

import math

import torch
import torch.nn.functional as F

D_MODEL, D_MLP, CONTEXT = 256, 512, 128


def _sinusoids(length, width):
    """Positions as sines and cosines: heads that look one token back form early and at every position."""
    position = torch.arange(length)[:, None]
    frequency = torch.exp(-torch.arange(0, width, 2) / width * math.log(500.0))[None]
    table = torch.zeros(length, width)
    table[:, 0::2] = (position * frequency).sin()
    table[:, 1::2] = (position * frequency).cos()
    return table


def new_parameters(vocabulary, layers, seed):
    """Random parameters by name."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape, std):
        return torch.randn(*shape, generator=generator) * std

    p = {
        "transformer.wte.weight": normal(vocabulary, D_MODEL, std=0.05),
        "transformer.ln_f.weight": torch.ones(D_MODEL),
        "transformer.ln_f.bias": torch.zeros(D_MODEL),
        "transformer.wpe.weight": _sinusoids(CONTEXT, D_MODEL) * 0.04,
    }
    for layer in range(layers):
        prefix = f"transformer.h.{layer}."
        for name in ("ln_1", "ln_2"):
            p[f"{prefix}{name}.weight"] = torch.ones(D_MODEL)
            p[f"{prefix}{name}.bias"] = torch.zeros(D_MODEL)
        for name, rows, columns, std in (
            ("attn.c_attn", D_MODEL, 3 * D_MODEL, D_MODEL**-0.5),
            ("attn.c_proj", D_MODEL, D_MODEL, 0.5 * D_MODEL**-0.5),
            ("mlp.c_fc", D_MODEL, D_MLP, D_MODEL**-0.5),
            ("mlp.c_proj", D_MLP, D_MODEL, 0.5 * D_MLP**-0.5),
        ):
            p[f"{prefix}{name}.weight"] = normal(rows, columns, std=std)
            p[f"{prefix}{name}.bias"] = torch.zeros(columns)
    return {name: value.requires_grad_() for name, value in p.items()}


def forward(p, ids, positions, mask, heads, used=None, detached=None, sizes=False, guided=()):
    """-> final states, mean relative size of the heads' outputs (0. if not asked), patterns of the guided heads.

    used, detached: (row, token, layer, head). A head's output counts `used` times with a gradient and `detached`
    times without one.
    """
    rows, length = ids.shape
    layers = sum(name.endswith("ln_1.weight") for name in p)
    x = p["transformer.wte.weight"][ids] + p["transformer.wpe.weight"][positions]
    width = D_MODEL // heads
    penalty, patterns = 0.0, {}

    def norm(name, value):
        return F.layer_norm(value, (D_MODEL,), p[name + ".weight"], p[name + ".bias"])

    def linear(name, value):
        flat = value.reshape(-1, value.shape[-1])
        return torch.addmm(p[name + ".bias"], flat, p[name + ".weight"]).view(rows, length, -1)

    for layer in range(layers):
        prefix = f"transformer.h.{layer}."
        q, k, v = linear(prefix + "attn.c_attn", norm(prefix + "ln_1", x)).split(D_MODEL, -1)
        q, k, v = (t.view(rows, length, heads, width).transpose(1, 2) for t in (q, k, v))
        for at, head in guided:
            if at == layer:
                scores = (q[:, head] @ k[:, head].transpose(1, 2)).float().mul(width**-0.5)
                patterns[at, head] = scores.masked_fill(~mask[:, 0], -1e9).softmax(-1)
        z = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2)
        if used is not None:
            z = z * used[:, :, layer, :, None] + z.detach() * detached[:, :, layer, :, None]
        if sizes:
            penalty = penalty + _relative_sizes(p[prefix + "attn.c_proj.weight"], z, x, heads)
        x = x + linear(prefix + "attn.c_proj", z.reshape(rows, length, D_MODEL))
        hidden = F.gelu(linear(prefix + "mlp.c_fc", norm(prefix + "ln_2", x)), approximate="tanh")
        x = x + linear(prefix + "mlp.c_proj", hidden)
    return norm("transformer.ln_f", x), penalty, patterns


def _relative_sizes(output_weight, z, x, heads):
    """Norm of what each head writes, relative to the residual stream: (row, token, head)."""
    o = output_weight.view(heads, D_MODEL // heads, D_MODEL)
    gram = o @ o.transpose(1, 2)
    zf = z.float()
    squared = ((zf.transpose(1, 2) @ gram.float()).transpose(1, 2) * zf).sum(-1)
    return (squared.clamp_min(0) + 1e-4).sqrt() / (x.detach().float().norm(dim=-1, keepdim=True) + 1e-3)
