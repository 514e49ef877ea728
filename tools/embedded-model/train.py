"""Trains the model and writes a float16 checkpoint. Deterministic by seed and steps, on one thread.

    python train.py OUT --steps 5000 --seed 1
"""

import argparse
import random
import time

import torch
import torch.nn.functional as F

import circuits
import export
from circuits import GUIDED, HEADS, LAYERS, NAMES, REPEATS, ROLES
from mixture import ANSWER_WEIGHT, NAME_WEIGHT, Mixture, lexicon
from model import CONTEXT, forward, new_parameters
from optimizer import Muon
from tokenizer import encoder, make_tokenizer

ROWS = 16
HINT_WEIGHT, SIZE_WEIGHT, CUT_PROBABILITY = 0.3, 0.002, 0.5
MATRIX_RATE, OTHER_RATE = 0.012, 2e-3


def rate(step, progress):
    """Warm-up over 30 steps, flat to 55 %, then down in a line."""
    return min(1, (step + 1) / 30) * (1 if progress < 0.55 else max(0.02, (1 - progress) / 0.45))


def hint_weight(progress):
    """Full to 45 %, then down to nothing at 70 %: the model ends without hints."""
    return HINT_WEIGHT * max(0, min(1, (0.7 - progress) / 0.25))


def size_weight(progress):
    """From nothing at 15 % to full at 45 %."""
    return SIZE_WEIGHT * min(1, max(0, (progress - 0.15) / 0.3))


def routing(r, batch, allowed):
    """Gradient and no-gradient shares of heads: those off the route get no gradient, and count nothing in half of the
    rows."""
    used = allowed[batch.routes]
    cut = torch.tensor([[r.random() < CUT_PROBABILITY] for _ in range(ROWS)]).float()
    return used, (1 - used) * (1 - cut)[:, :, None, None]


def hint_losses(batch, same_document, patterns):
    """role -> mean negative log of the attention that its heads pay where the hints say."""
    batch.hints["previous"][:, 1:, :-1] = torch.diag_embed(same_document.float())
    losses = {}
    for role, heads in ROLES.items():
        target = batch.hints[role]
        hinted = target.sum(-1) > 0
        if hinted.any():
            paid = [((patterns[h] * target).sum(-1)[hinted] + 1e-5).log().mean() for h in heads]
            losses[role] = -sum(paid) / len(heads)
    return losses


def train(folder, steps, seed, stop=None):
    """Trains for `stop` of `steps` steps (all, if None)."""
    torch.set_num_threads(1)
    r = random.Random(seed)
    tokenizer = make_tokenizer()
    encode = encoder(tokenizer)
    words = [encode(" " + w)[0] for w in lexicon(3000)]
    mixture = Mixture(r, encode, words, len(tokenizer))
    parameters = new_parameters(len(tokenizer), LAYERS, seed)

    def is_matrix(name):
        return parameters[name].ndim == 2 and ".h." in name

    muon = Muon([p for name, p in parameters.items() if is_matrix(name)], MATRIX_RATE)
    others = [p for name, p in parameters.items() if not is_matrix(name)]
    adam = torch.optim.AdamW(others, lr=OTHER_RATE, betas=(0.9, 0.98), weight_decay=0.0)
    allowed = circuits.allowed_heads()
    causal = torch.tril(torch.ones(CONTEXT, CONTEXT, dtype=torch.bool))
    print("parameters", sum(p.numel() for p in parameters.values()), flush=True)

    began, means = time.time(), {}
    for step in range(stop or steps):
        progress = step / steps
        batch = mixture.batch(progress, ROWS, CONTEXT)
        documents = batch.documents
        mask = (causal[None] & (documents[:, :, None] == documents[:, None, :]))[:, None]
        used, detached = routing(r, batch, allowed)
        hinting, sizing = hint_weight(progress), size_weight(progress)
        same_document = documents[:, 1:] == documents[:, :-1]
        with torch.autocast("cpu", torch.bfloat16):
            guided = GUIDED if hinting > 0 else ()
            states, sizes, patterns = forward(
                parameters, batch.ids, batch.positions, mask, HEADS, used, detached, sizing > 0, guided
            )
            token_weights = batch.weights[:, 1:] * same_document
            counted = token_weights > 0
            logits = states[:, :-1][counted] @ parameters["transformer.wte.weight"].T
        each = F.cross_entropy(logits.float(), batch.ids[:, 1:][counted], reduction="none")
        weights = token_weights[counted]
        loss = (each * weights).sum() / weights.sum()
        hints = hint_losses(batch, same_document, patterns) if hinting > 0 else {}
        if hints:
            loss = loss + hinting * sum(hints.values())
        penalised = loss + sizing * sizes.sum(-1).mean() if sizing > 0 else loss
        penalised.backward()

        scale = rate(step, progress)
        for group in adam.param_groups:
            group["lr"] = OTHER_RATE * scale
        adam.step()
        muon.step(scale)
        for p in parameters.values():
            p.grad = None

        routes = batch.routes[:, 1:][counted]
        now = {
            "loss": loss,
            "repeats": each[routes == REPEATS].mean(),
            "names": each[(routes == NAMES) & (weights == NAME_WEIGHT)].mean(),
            "answers": each[weights == ANSWER_WEIGHT].mean(),
            **{"hint " + role: value for role, value in hints.items()},
        }
        for name, value in now.items():
            if value == value:  # not NaN: some batches lack a task
                means[name] = value.item() if name not in means else 0.95 * means[name] + 0.05 * value.item()
        if step < 20:
            print(f"step {step + 1} loss {loss.item():.6f}", flush=True)
        if (step + 1) % 50 == 0:
            tokens, seconds = (step + 1) * ROWS * CONTEXT, time.time() - began
            shown = " ".join(f"{name} {value:.3f}" for name, value in means.items())
            print(f"step {step + 1} tokens {tokens} s {seconds:.0f} {shown}", flush=True)
        if (step + 1) % 500 == 0:
            export.save(parameters, tokenizer, folder)
    if stop is None:
        export.save(parameters, tokenizer, folder)
        rounded, unrounded = export.check(parameters, folder)
        print(f"largest logit difference: to the rounded model {rounded:.2g}, to the unrounded one {unrounded:.2g}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder")
    arguments.add_argument("--steps", type=int, default=5000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--stop", type=int, help="stop early, without writing: for a look at the first losses")
    a = arguments.parse_args()
    train(a.folder, a.steps, a.seed, a.stop)
