"""A checkpoint to measure: logits, attention patterns, and heads whose output can be replaced."""

from contextlib import contextmanager

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from circuits import HEADS, LAYERS
from tokenizer import encoder

ALL_HEADS = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]


class Probe:
    """The shipped checkpoint, widened to float32."""

    def __init__(self, folder):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager"
        ).eval()
        self.encode = encoder(self.tokenizer)
        self.width = self.model.config.n_embd // HEADS
        self._replaced, self._seen = {}, None
        for layer, block in enumerate(self.model.transformer.h):
            block.attn.c_proj.register_forward_pre_hook(self._hook(layer))

    def _hook(self, layer):
        def before(module, inputs):
            z = inputs[0]
            if self._seen is not None:
                self._seen[layer] = z.clone()
            for (at, head), value in self._replaced.items():
                if at == layer:
                    z = z.clone()
                    z[..., head * self.width : (head + 1) * self.width] = value
            return (z,)

        return before

    def id_of(self, word):
        """The token of a word with a space before it."""
        return self.encode(" " + word)[0]

    def knows(self, text):
        """Whether every word is one token: true of all our sentences if the tokenizer is ours."""
        return all(len(self.encode(" " + word)) == 1 for word in text.split())

    def logits(self, ids):
        return self.model(ids).logits

    def patterns(self, ids):
        """layer -> (row, head, from, to)."""
        return self.model(ids, output_attentions=True).attentions

    def head_outputs(self, ids):
        """(layer, head) -> (row, token, width), before the output projection."""
        self._seen = {}
        self.model(ids)
        seen, self._seen = self._seen, None
        return {(l, h): seen[l][..., h * self.width : (h + 1) * self.width] for l, h in ALL_HEADS}

    @contextmanager
    def replaced(self, heads, values=None):
        """Within the block the heads' outputs are the given ones, or zero."""
        self._replaced = {head: values[head] if values else 0.0 for head in heads}
        try:
            yield
        finally:
            self._replaced = {}


def padded(sequences):
    """Token ids with the end of text in front -> (ids padded with it, index of the last token of each)."""
    length = max(map(len, sequences)) + 1
    ids = torch.tensor([[0] + list(s) + [0] * (length - 1 - len(s)) for s in sequences])
    return ids, torch.tensor([len(s) for s in sequences])


def same_layer_controls(heads, most, r, without=()):
    """At most `most` other sets of as many heads of the same layers, none in `heads` or `without`, drawn at random."""
    found = []
    for _ in range(60 * most):
        chosen = []
        for layer, _ in heads:
            rest = [h for h in ALL_HEADS if h[0] == layer and h not in (*heads, *without, *chosen)]
            if rest:
                chosen.append(r.choice(rest))
        chosen = tuple(sorted(chosen))
        if chosen not in found:
            found.append(chosen)
        if len(found) == most:
            break
    return found


def show(heads):
    """[(2, 0), (2, 1)] -> "2.0 2.1"."""
    return " ".join(f"{layer}.{head}" for layer, head in heads)
