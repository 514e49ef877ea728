"""Where a fact is looked up: values of the run on a sentence, patched into the run on the same sentence of another subject.

    python tracing.py ../../src/main/resources/models/micro
"""

import sys

import torch

from circuits import HEADS, LAYERS
from report import heading, load
from tasks import RELATIONS

SUBJECT, LAST = "subject", "last"


def pairs(probe, relation, template):
    """Ids of a sentence, those with the next subject, and the two answers; only where they differ in one token."""
    subjects = RELATIONS[relation][1]
    for (s, o), (t, p) in zip(subjects, subjects[1:] + subjects[:1]):
        if o != p and probe.knows(f"{s} {t} {o} {p}"):
            clean, other = ([0] + probe.encode(template.format(s=x)) for x in (s, t))
            yield torch.tensor([clean]), torch.tensor([other]), probe.id_of(o), probe.id_of(p)


class Patched:
    """What the modules of the model write, read and replaced at one position."""

    def __init__(self, probe):
        self.seen, self.put = {}, None
        for layer, block in enumerate(probe.model.transformer.h):
            for site, module in (("attn_out", block.attn), ("mlp_out", block.mlp), ("resid_post", block)):
                module.register_forward_hook(self._hook((site, layer)))
            block.attn.c_proj.register_forward_pre_hook(self._heads(layer))

    def _changed(self, key, value):
        self.seen[key] = value.detach().clone()
        if self.put is not None and self.put[0] == key:
            value = value.clone()
            value[0, self.put[1]] = self.put[2]
        return value

    def _hook(self, key):
        def after(module, inputs, output):
            if isinstance(output, tuple):
                return (self._changed(key, output[0]), *output[1:])
            return self._changed(key, output)

        return after

    def _heads(self, layer):
        def before(module, inputs):
            z = inputs[0].unflatten(-1, (HEADS, -1))
            for head in range(HEADS):
                z[:, :, head] = self._changed((head, layer), z[:, :, head])
            return (z.flatten(-2),)

        return before


def main(folder):
    probe = load(folder)
    patched = Patched(probe)
    heading("Facts: share of the logit difference that comes back, clean values in the run on another subject")
    for relation, template in (("capital", "The capital of {s} is"), ("language", "The people of {s} speak")):
        total, count, swing = {}, 0, 0.0
        for clean, other, answer, foil in pairs(probe, relation, template):
            difference = lambda ids: (lambda row: (row[answer] - row[foil]).item())(probe.logits(ids)[0, -1])
            best = difference(clean)
            values = dict(patched.seen)
            worst = difference(other)
            subject = (clean != other).nonzero()[0, 1].item()
            for where, position in ((SUBJECT, subject), (LAST, clean.shape[1] - 1)):
                for key, value in values.items():
                    patched.put = (key, position, value[0, position])
                    share = (difference(other) - worst) / (best - worst)
                    total[key, where] = total.get((key, where), 0.0) + share
            patched.put = None
            count, swing = count + 1, swing + best - worst
        print(f"{template}: {count} pairs, mean swing {swing / count:.2f}")
        for site in ("resid_post", "attn_out", "mlp_out"):
            for where in (SUBJECT, LAST):
                row = [total[(site, layer), where] / count for layer in range(LAYERS)]
                print(f"  {site:10s} {where:7s} " + " ".join(f"{x:6.3f}" for x in row))
        heads = {(layer, head): total[(head, layer), LAST] / count for layer in range(LAYERS) for head in range(HEADS)}
        strongest = sorted(heads, key=heads.get, reverse=True)[:5]
        print("  heads at the last token: " + ", ".join(f"{l}.{h} {heads[l, h]:.3f}" for l, h in strongest))


if __name__ == "__main__":
    main(sys.argv[1])
