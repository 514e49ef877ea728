"""What is measured without HTTP: one JSON line in, one JSON line out.  python worker.py KIND MODELS

transformer_lens_3, transformer_lens_4, transformers: captures, sweeps and scores on one model in this process
operations: the operations of a block, one by one
tools: matplotlib's pictures, and what the machine itself can do
"""
import json
import os
import sys
import time


def clock(call):
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


class Lens:
    """TransformerLens of either version on one model."""

    def __init__(self, kind, models):
        import peers

        self.model = getattr(peers, kind)(f"{models}/small")

    def capture(self, ids, keep=None):
        """Seconds of run_with_cache of everything, including the time to free it."""
        import torch

        start = time.perf_counter()
        _, cache = self.model.run_with_cache(torch.tensor([ids]))
        done = time.perf_counter()
        values = {k: v for k, v in cache.items() if isinstance(v, torch.Tensor)}
        size = sum(v.numel() * v.element_size() for v in values.values())
        count = len(values)
        if keep:
            from safetensors.torch import save_file

            save_file({k: v.contiguous().clone() for k, v in values.items()}, keep)
        free, _ = clock(lambda: (values.clear(), cache.cache_dict.clear()))
        return dict(seconds=done - start + free, tensors=count, bytes=size)

    def sweep(self, clean, corrupted, hook, cells):
        """What transformer_lens.patching.generic_activation_patch does, for some cells only: one run a cell."""
        import torch

        clean_seconds, (_, cache) = clock(lambda: self.model.run_with_cache(torch.tensor([clean])))
        name = {"resid_post": "hook_resid_post", "z": "attn.hook_z"}[hook]

        def cell(layer, index):
            full = f"blocks.{layer}.{name}"

            def patch(value, hook):
                where = (slice(None), index) if name == "hook_resid_post" else (slice(None), slice(None), index)
                value[where] = cache[full][where]
                return value

            logits = self.model.run_with_hooks(torch.tensor([corrupted]), fwd_hooks=[(full, patch)])[0, -1]
            return (logits[3] - logits[4]).item()

        seconds, grid = clock(lambda: [cell(*c) for c in cells])
        return dict(clean=clean_seconds, cells=seconds, grid=grid)

    def attribution(self, clean, corrupted, hook):
        """Attribution patching with autograd as in its authors' notebook: two runs forward, one back."""
        seconds, rows = clock(lambda: self.attribute(clean, corrupted, {"resid_post": "hook_resid_post", "z": "attn.hook_z"}[hook]))
        return dict(seconds=seconds, grid=rows.tolist())

    def attribute(self, clean, corrupted, name):
        import torch

        ours, gradients = {}, {}

        def wanted(full):
            return full.endswith(name)

        _, source = self.model.run_with_cache(torch.tensor([clean]), names_filter=wanted)
        with torch.enable_grad():
            self.model.reset_hooks()
            self.model.add_hook(wanted, lambda x, hook: ours.__setitem__(hook.name, x.detach()), "fwd")
            self.model.add_hook(wanted, lambda x, hook: gradients.__setitem__(hook.name, x.detach()), "bwd")
            logits = self.model(torch.tensor([corrupted]))[0, -1]
            (logits[3] - logits[4]).backward()
            self.model.reset_hooks()
        for p in self.model.parameters():
            p.grad = None
        rows = []
        for layer in range(self.model.cfg.n_layers):
            full = f"blocks.{layer}.{name}"
            effect = (source[full] - ours[full]) * gradients[full]
            rows.append(effect[0].sum((0, 2)) if name == "attn.hook_z" else effect[0].sum(-1))
        return torch.stack(rows)

    def heads(self, sequences, length):
        """Previous-token, duplicate-token and induction scores: means of diagonals of the patterns of repeated sequences."""
        import torch

        layers = range(self.model.cfg.n_layers)

        def score():
            for _ in range(sequences):
                half = torch.randint(0, self.model.cfg.d_vocab, (1, length))
                _, cache = self.model.run_with_cache(torch.cat([half, half], 1), remove_batch_dim=True)
                patterns = torch.stack([cache["pattern", layer] for layer in layers])
                for offset in (1, length, length - 1):
                    patterns.diagonal(-offset, -2, -1)[..., -length:].mean(-1)

        return dict(seconds=clock(score)[0])


class Transformers:
    """Plain Transformers: what a user writes with its own options and with PyTorch's hooks."""

    def __init__(self, kind, models):
        import peers

        self.model = peers.transformers_model(f"{models}/small")

    def capture(self, ids):
        """Seconds of one run with all hidden states and patterns: it has no other hook points of its own."""
        import torch

        seconds, out = clock(lambda: self.model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True, use_cache=False))
        values = [out.logits, *out.hidden_states, *out.attentions]
        size = sum(v.numel() * v.element_size() for v in values)
        count = len(values)
        del values
        free, _ = clock(out.clear)
        return dict(seconds=seconds + free, tensors=count, bytes=size)

    def sweep(self, clean, corrupted, hook, cells):
        """resid_post with one forward hook a cell."""
        import torch

        blocks, kept = self.model.transformer.h, {}

        def states(out):
            return out[0] if isinstance(out, tuple) else out

        def keep():
            handles = [b.register_forward_hook(lambda m, i, out, at=at: kept.__setitem__(at, states(out).clone())) for at, b in enumerate(blocks)]
            self.model(torch.tensor([clean]), use_cache=False)
            for h in handles:
                h.remove()

        def cell(layer, position):
            def patch(module, inputs, out):
                value = states(out).clone()
                value[:, position] = kept[layer][:, position]
                return (value, *out[1:]) if isinstance(out, tuple) else value

            handle = blocks[layer].register_forward_hook(patch)
            logits = self.model(torch.tensor([corrupted]), use_cache=False).logits[0, -1]
            handle.remove()
            return (logits[3] - logits[4]).item()

        clean_seconds, _ = clock(keep)
        seconds, grid = clock(lambda: [cell(*c) for c in cells])
        return dict(clean=clean_seconds, cells=seconds, grid=grid)


class Tools:
    def __init__(self, kind, models):
        import matplotlib

        matplotlib.use("Agg")

    def picture(self, form, rows, columns, data, tokens):
        """A grid of heatmaps with a title and token labels each and one colour bar; data [row, column, query, key]."""
        import io
        import warnings

        import matplotlib.pyplot as plt

        warnings.filterwarnings("ignore")

        def draw():
            size = (6, 5) if rows * columns == 1 else (3 * columns, 3 * rows)
            figure, axes = plt.subplots(rows, columns, figsize=size, dpi=100, squeeze=False)
            for r in range(rows):
                for c in range(columns):
                    ax = axes[r][c]
                    image = ax.imshow(data[r][c], cmap="viridis", vmin=0, vmax=1)
                    ax.set_title(f"L{r}H{c}")
                    ax.set_xticks(range(len(tokens)), tokens, rotation=45, ha="right", fontsize=7)
                    ax.set_yticks(range(len(tokens)), tokens, fontsize=7)
            figure.colorbar(image, ax=axes)
            out = io.BytesIO()
            figure.savefig(out, format=form)
            plt.close(figure)
            return len(out.getvalue())

        seconds, size = clock(draw)
        return dict(seconds=seconds, bytes=size)

    def machine(self, threads):
        """What this machine can do with a number of threads; GFLOP/s and GB/s."""
        import torch

        torch.set_num_threads(threads)
        square, wide, thin = torch.randn(1024, 1024), torch.randn(768, 3072), torch.randn(20, 768)
        source = torch.randn(64 << 20)  # 256 MiB, larger than any cache here
        target = torch.empty_like(source)

        def each(call, times):
            call()
            return clock(lambda: [call() for _ in range(times)])[0] / times

        return {
            "matrix product 1024 x 1024 x 1024, GFLOP/s": 2 * 1024**3 / each(lambda: square @ square, 6) / 1e9,
            "matrix product 20 x 768 x 3072, GFLOP/s": 2 * 20 * 768 * 3072 / each(lambda: thin @ wide, 100) / 1e9,
            "copy of 256 MiB, GB/s read and written": 2 * 4 * source.numel() / each(lambda: target.copy_(source), 3) / 1e9,
            "sum of 256 MiB, GB/s read": 4 * source.numel() / each(source.sum, 3) / 1e9,
        }


class Operations:
    """What Transformers' GPT-2 of the smallest size calls in a block, with eager attention."""

    LAYERS, WIDTH, HEADS = 12, 768, 12
    WARM_ROUNDS, ROUNDS = 5, 10

    def __init__(self, kind, models):
        import torch

        torch.set_grad_enabled(False)
        w = self.WIDTH
        sizes = {"qkv": (w, 3 * w), "out": (w, w), "in": (w, 4 * w), "down": (4 * w, w)}
        self.weights = {k: [0.05 * torch.randn(i, o) for _ in range(self.LAYERS)] for k, (i, o) in sizes.items()}
        self.biases = {k: torch.zeros(o) for k, (i, o) in sizes.items()}

    def linear(self, name, layer, x):
        """Transformers' Conv1D, which stores its weight transposed."""
        import torch

        y = torch.addmm(self.biases[name], x.view(-1, x.size(-1)), self.weights[name][layer])
        return y.view(*x.shape[:-1], y.size(-1))

    def operations(self, tokens):
        """Seconds of each, the shortest mean of a few rounds over the weights of all layers."""
        import torch
        from torch.nn import functional as f

        w, heads = self.WIDTH, self.HEADS
        x, wide = torch.randn(1, tokens, w), torch.randn(1, tokens, 4 * w)
        head = torch.randn(1, tokens, heads, w // heads).transpose(1, 2)
        mask, gain, bias = torch.full((tokens, tokens), float("-inf")).triu(1), torch.ones(w), torch.zeros(w)
        pattern = torch.softmax(head @ head.transpose(2, 3) * 0.125 + mask, -1)
        calls = {
            "layer norm": lambda layer: f.layer_norm(x, (w,), gain, bias),
            "query, key and value": lambda layer: self.linear("qkv", layer, x),
            "scores, mask and softmax": lambda layer: torch.softmax(head @ head.transpose(2, 3) * 0.125 + mask, -1),
            "mixed values": lambda layer: (pattern @ head).transpose(1, 2),
            "output of attention": lambda layer: self.linear("out", layer, x),
            "first layer of the MLP, and GELU": lambda layer: f.gelu(self.linear("in", layer, x), approximate="tanh"),
            "second layer of the MLP": lambda layer: self.linear("down", layer, wide),
        }

        def seconds(call):
            each = [clock(lambda: [call(layer) for layer in range(self.LAYERS)])[0] for _ in range(self.WARM_ROUNDS + self.ROUNDS)]
            return min(each[self.WARM_ROUNDS :]) / self.LAYERS

        return {name: seconds(call) for name, call in calls.items()}


KINDS = {"transformer_lens_3": Lens, "transformer_lens_4": Lens, "transformers": Transformers, "operations": Operations, "tools": Tools}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the libraries print goes to the log
    worker = KINDS[sys.argv[1]](*sys.argv[1:3])
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(getattr(worker, request.pop("do"))(**request)), file=answers, flush=True)


if __name__ == "__main__":
    main()
