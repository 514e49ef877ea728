"""Measures a checkpoint as shipped, widened to float32. Heads are chosen on development sets, figures are of test sets.

    python report.py ../../src/main/resources/models/micro > report.txt
"""

import random
import sys

import torch
from transformers.utils import logging

from ablation import best_two, induction_carriers, name_carriers, shares_lost, single_drops, without
from circuits import GUIDED, HEADS, LAYERS, ROLES
from mixture import lexicon
from people import DEVELOPMENT, FATES, KINDS, TEST, UNSEEN_ACTIONS, UNSEEN_OPENINGS
from probes import ALL_HEADS, Probe, padded, same_layer_controls, show
from sets import NameSet, repeat_accuracy, repeats, task_accuracy
from tasks import TASKS

N = 256

PROMPTS = [
    "When Mary and John went to the store , John gave a drink to",
    "When Mary and John went to the store , Mary gave a drink to",
    "After Tom and Lucy and Ben came back from the park , Lucy and Tom showed a kite to",
    "Anna and Paul met at the river . Anna found a coin and kept it . The coin belongs to",
    "Anna and Paul met at the river . Anna found a coin and gave it away . The coin belongs to",
    "The capital of France is",
    "The people of Brazil speak",
    "The young of a cow is called a",
    "The keys near the house",
    "The key near the houses",
    "The war lasted from the year 1732 to the year 17",
    "code ( [ ] { } ( [ { } ] ) [ ( ) ] {",
    "One day Alice went to the park because",
    "Paris kite lamp map river key red cake Paris kite lamp map river",
]
STARTS = ["", "", "", "", "Once there was a", "One day Mary went to the", "The capital of", "The keys near the"]


def heading(text):
    print(f"\n== {text}", flush=True)


def accuracies(probe):
    heading(f"Accuracy on held-out sentences, n = {N} for each line")
    print("name sentences: every right name above every wrong one | the most likely token is a right name")
    for kind in KINDS:
        figures = NameSet(probe, N, TEST, 900, kind=kind).accuracy()
        print("  {:12s} {:.3f} | {:.3f}".format(kind, *figures), flush=True)
    print("name sentences with openings and actions that were never trained on")
    unseen = [(f"{name} openings", dict(openings=o)) for name, o in UNSEEN_OPENINGS.items()]
    for label, options in [*unseen, ("actions", dict(actions=UNSEEN_ACTIONS))]:
        for kind in ("two", "three"):
            figures = NameSet(probe, N, TEST, 901, kind=kind, **options).accuracy()
            print("  {:16s} {:6s} {:.3f} | {:.3f}".format(label, kind, *figures), flush=True)
    print("other tasks: right | the most likely token of the whole vocabulary is right")
    for task in TASKS:
        print("  {:12s} {:.3f} | {:.3f}".format(task, *task_accuracy(probe, task, N, 902)), flush=True)
    print("repeated random blocks: share of predictable tokens that are the most likely ones")
    words = [probe.id_of(w) for w in lexicon(2000)]
    for label, n, length, of in (("any tokens", 48, 25, None), ("words", 48, 25, words)):
        print(f"  {label}, length {length}: {repeat_accuracy(probe, repeats(probe, n, 903, length, of)):.3f}")
    for length in (12, 45):
        figure = repeat_accuracy(probe, repeats(probe, 48, 905, length))
        print(f"  any tokens, length {length}: {figure:.3f}", flush=True)


def head_scores(probe):
    heading("Scores of each head on repeated random tokens (48 rows, length 25)")
    print("induction: mean attention from a token of the second copy to the token after its earlier occurrence")
    print("previous, current: mean attention from each token to the one before it, to itself, in both copies")
    ids = repeats(probe, 48, 906)
    length = (ids.shape[1] - 1) // 2
    induction, previous, current = {}, {}, {}
    for l, pattern in enumerate(probe.patterns(ids)):
        for h in range(HEADS):
            induction[l, h] = pattern[:, h].diagonal(1 - length, 1, 2)[:, 2:].mean().item()
            previous[l, h] = pattern[:, h].diagonal(-1, 1, 2)[:, 1:].mean().item()
            current[l, h] = pattern[:, h].diagonal(0, 1, 2)[:, 1:].mean().item()
    for label, scores in (("induction", induction), ("previous", previous), ("current", current)):
        print(f"  {label:9s} " + " ".join(f"  .{h}  " for h in range(HEADS)))
        for l in range(LAYERS):
            print(f"    layer {l} " + " ".join(f"{scores[l, h]:6.3f}" for h in range(HEADS)))
        print(f"    best four: {show(sorted(ALL_HEADS, key=scores.get, reverse=True)[:4])}")


def mentions(probe, sequence, name):
    """Positions of a name in a padded row."""
    inside, at_start = probe.id_of(name), probe.encode(name)[0]
    return [i + 1 for i, token in enumerate(sequence) if token == inside or (i == 0 and token == at_start)]


def role_scores(probe):
    heading(f"Where heads look in name sentences ({N} test sentences of two names, {N} of keep and give)")
    print("name: from the end to the right name; subject: from the end to the second mention of the other name;")
    print("duplicate: from that second mention to the first; fate: from the end to the word that tells the fate")
    places = {"name": [], "subject": [], "duplicate": [], "fate": []}  # role -> (set, row, from, to)
    two = NameSet(probe, N, TEST, 907, kind="two")
    for row, (sequence, s) in enumerate(zip(two.sequences, two.sentences)):
        end, right, wrong = len(sequence), *(mentions(probe, sequence, n[0]) for n in (s.right, s.wrong))
        places["name"].append((two, row, end, right))
        places["subject"].append((two, row, end, wrong[-1:]))
        places["duplicate"].append((two, row, wrong[-1], wrong[:1]))
    fates = [probe.id_of(word) for word in FATES]
    for kind in ("keep", "give"):
        some = NameSet(probe, N // 2, TEST, 907, kind=kind)
        for row, sequence in enumerate(some.sequences):
            last = max(i + 1 for i, token in enumerate(sequence) if token in fates)
            places["fate"].append((some, row, len(sequence), [last]))
    patterns = {}
    for role, where in places.items():
        scores = dict.fromkeys(ALL_HEADS, 0.0)
        for some, row, start, targets in where:
            if some not in patterns:
                patterns[some] = probe.patterns(some.ids)
            for l, h in ALL_HEADS:
                scores[l, h] += patterns[some][l][row, h, start, targets].sum().item() / len(where)
        best = sorted(ALL_HEADS, key=scores.get, reverse=True)[:5]
        print(f"  {role:9s} " + ", ".join(f"{l}.{h} {scores[l, h]:.3f}" for l, h in best))


def induction_ablation(probe, r):
    heading("Induction: heads ablated on repeated random tokens")
    test = repeats(probe, 48, 904)
    carriers = induction_carriers(probe, repeats(probe, 24, 803))
    dropped = ", ".join(f"{show([h])} {d:.3f}" for d, h in carriers.drops[:6])
    print(f"  lost without one head (development, mean): {dropped}")
    best = best_two(carriers)
    base = repeat_accuracy(probe, test)
    controls = same_layer_controls(best, 15, r)
    for label, values in (("mean", carriers.means), ("zero", None)):
        left, *kept = (
            without(probe, heads, values, lambda: repeat_accuracy(probe, test)) for heads in (best, *controls)
        )
        lost = [base - k for k in kept]
        print(
            f"  {label}: best two outside layer 0 ({show(best)}): {base:.3f} -> {left:.3f}; "
            f"{len(controls)} same-layer controls lose {sum(lost) / len(lost):.3f}, at most {max(lost):.3f}",
            flush=True,
        )


def name_ablation(probe, r):
    heading("Indirect objects: heads patched and ablated")
    carriers = name_carriers(probe, NameSet(probe, 96, DEVELOPMENT, 801, kind="two"))
    clean, swapped, means, drops = carriers.clean, carriers.swapped, carriers.means, carriers.drops
    print(f"  logit difference on development sentences: {clean:.2f}; with the giver swapped: {swapped:.2f}")
    shares = ", ".join(f"{show([h])} {d / (clean - swapped):.3f}" for d, h in drops[:8])
    print(f"  share of the swing when one head is patched from the swapped sentence: {shares}", flush=True)
    for kind, sizes in (("two", (5, 4)), ("three", (5, 4))):
        test = NameSet(probe, N // 2, TEST, 908, kind=kind)
        base = test.logit_difference()
        print(f"  {kind}: logit difference {base:.2f}, accuracy {test.accuracy()[0]:.3f} with nothing ablated")
        alone = [(d / base, h) for d, h in single_drops(probe, test.logit_difference, base, means)]
        shares = ", ".join(f"{show([h])} {d:.2f}" for d, h in alone[:8])
        print(f"  {kind}, mean: one head ablated, share of {base:.2f} removed, most first: {shares}", flush=True)
        for size in sizes:
            best = [head for _, head in drops[:size]]
            controls = {
                "any other": same_layer_controls(best, 20, r),
                "without a planned role": same_layer_controls(best, 20, r, GUIDED),
            }
            for label, values in (("mean", means), ("zero", None)):
                ((removed, _),) = shares_lost(probe, test, base, [best], values)
                beaten, _ = without(probe, best, values, test.accuracy)
                print(
                    f"  {kind}, {label}: best {size} ({show(best)}) carry {removed:.2f} of {base:.2f}; "
                    f"accuracy without them {beaten:.3f}"
                )
                for which, sets in controls.items():
                    lost = shares_lost(probe, test, base, sets, values)
                    most, worst = max(lost)
                    print(
                        f"    {len(sets)} same-layer controls, {which}: {sum(x for x, _ in lost) / len(lost):.2f}, "
                        f"at most {most:.2f} ({show(worst)})",
                        flush=True,
                    )


def next_token(probe, prompt):
    """Probabilities of the token after a prompt."""
    ids, _ = padded([probe.encode(prompt)])
    return probe.logits(ids)[0, -1].softmax(-1)


def predictions(probe):
    heading("Prompts and the most likely tokens")
    for prompt in PROMPTS:
        best, tokens = next_token(probe, prompt).topk(3)
        shown = ", ".join(f"{probe.tokenizer.decode([t])!r} {p:.4f}" for p, t in zip(best.tolist(), tokens.tolist()))
        print(f"  {prompt!r} -> {shown}")


def sampled(probe, ids, seed, most):
    """The rows, continued to the end of text or by `most` tokens."""
    torch.manual_seed(seed)
    return probe.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=most,
        do_sample=True,
        temperature=0.8,
        top_k=40,
        pad_token_id=0,
        eos_token_id=0,
    )


def free_text(probe):
    heading("Free text (temperature 0.8, top 40; ends where the model ends)")
    for seed, start in enumerate(STARTS):
        ids, _ = padded([probe.encode(start)])
        (text,) = sampled(probe, ids, seed, 60)
        ended = "" if text[-1] == 0 else " ..."
        print("  > " + probe.tokenizer.decode(text, skip_special_tokens=True) + ended)


def load(folder):
    """The checkpoint, to be measured quietly on one thread."""
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    return Probe(folder)


def main(folder):
    probe = load(folder)
    r = random.Random(1)
    count = sum(p.numel() for p in probe.model.parameters())
    print(f"{count} parameters, {len(probe.tokenizer)} tokens, planned roles:")
    print("  " + "; ".join(f"{role} {show(heads)}" for role, heads in ROLES.items()))
    accuracies(probe)
    head_scores(probe)
    role_scores(probe)
    induction_ablation(probe, r)
    name_ablation(probe, r)
    predictions(probe)
    free_text(probe)


if __name__ == "__main__":
    main(sys.argv[1])
