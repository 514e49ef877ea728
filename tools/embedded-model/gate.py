"""The release gate: what a checkpoint must reach to be a teacher, on sentences drawn for this alone.

    python gate.py ../../src/main/resources/models/micro

Prints each line with its threshold and value. Exits with 0 if all are reached, else with 1. Under 3 minutes on one
thread. Heads are chosen on development sentences; the worse of mean and zero ablation counts.
"""

import random
import sys
from dataclasses import dataclass

import torch

from ablation import best_pair, induction_carriers, name_carriers, shares_lost, single_drops, without
from circuits import REPEATS
from mixture import Mixture, lexicon
from people import DEVELOPMENT, KINDS, TEST, UNSEEN_ACTIONS, UNSEEN_OPENINGS
from probes import same_layer_controls, show
from report import PROMPTS, load, next_token, sampled
from sets import NameSet, repeat_accuracy, repeats, task_accuracy
from tasks import TASKS
from words import ADJECTIVES, ANIMALS, COUNTRIES, NAMES, OBJECTS, PLACES, PLURAL, SINGULAR

N = 256
DEVELOPMENT_SEED, SEED = 5_101, 5_201  # used nowhere else
HEADS_FOR_NAMES, CONTROLS = 4, 20
README_PROMPTS = {PROMPTS[0]: "Mary", "The capital of France is": "Paris"}


@dataclass
class Line:
    """What is measured, its value, the threshold, and whether the value must stay below it (or reach it)."""

    what: str
    value: float
    threshold: float
    below: bool = False

    @property
    def reached(self):
        return self.value < self.threshold if self.below else self.value >= self.threshold

    def __str__(self):
        bound = f"{'<' if self.below else '>='} {self.threshold:.2f}"
        return f"{self.what:66s} {bound:8s} {self.value:6.3f}  {'reached' if self.reached else 'NOT REACHED'}"


def known_words(probe):
    """Ids of the micro-world's words that are one token."""
    return [probe.id_of(w) for w in lexicon(2000) if probe.knows(w)]


def task_lines(probe):
    """Every task, names and repeats included."""
    for kind in KINDS:
        yield Line(f"names, {kind}", NameSet(probe, N, TEST, SEED, kind=kind).accuracy()[0], 0.95)
    for task in TASKS:
        yield Line(task, task_accuracy(probe, task, N, SEED)[0], 0.95)
    words = known_words(probe)
    for label, of, length in (*(("any tokens", None, n) for n in (12, 25, 45)), ("words", words, 25)):
        value = repeat_accuracy(probe, repeats(probe, 48, SEED + length, length, of))
        yield Line(f"repeats, {label}, length {length}", value, 0.95)


def unseen_lines(probe):
    """Templates that were never trained on; of the openings the third set, the cleanest."""
    openings = [o for o in UNSEEN_OPENINGS["third"] if probe.knows(o.format(L="", P="", N="", J="", Q=""))]
    for kind in ("two", "three"):
        unseen = NameSet(probe, N, TEST, SEED + 1, kind=kind, openings=openings)
        yield Line(f"{len(openings)} unseen openings, {kind} names", unseen.accuracy()[0], 0.80)
        unseen = NameSet(probe, N, TEST, SEED + 2, kind=kind, actions=UNSEEN_ACTIONS)
        yield Line(f"{len(UNSEEN_ACTIONS)} unseen actions, {kind} names", unseen.accuracy()[0], 0.80)


def induction_lines(probe, r):
    """The best two heads halve the repeats; all other pairs of the same layers cost next to nothing."""
    development, test = repeats(probe, 24, DEVELOPMENT_SEED), repeats(probe, 48, SEED + 3)
    carriers = induction_carriers(probe, development)
    best, base = best_pair(probe, development, carriers), repeat_accuracy(probe, test)
    controls = same_layer_controls(best, 2 * CONTROLS, r)
    left, lost = [], []
    for values in (carriers.means, None):
        after, *kept = (without(probe, h, values, lambda: repeat_accuracy(probe, test)) for h in (best, *controls))
        left.append(after)
        lost += [base - k for k in kept]
    yield Line(f"share of the repeats lost without two heads ({show(best)})", 1 - max(left) / base, 0.50)
    yield Line(f"repeats lost without two others of the same layers (of {len(controls)})", max(lost), 0.05, True)


def name_lines(probe, r):
    """At most four heads carry indirect objects; others of the same layers do not.

    The controls are random sets and one that is meant to be the worst: of each layer the heads that cost most.
    """
    development = NameSet(probe, 96, DEVELOPMENT, DEVELOPMENT_SEED, kind="two")
    carriers = name_carriers(probe, development)
    best = [head for _, head in carriers.drops[:HEADS_FOR_NAMES]]
    controls = same_layer_controls(best, CONTROLS, r)
    costs = single_drops(probe, development.logit_difference, carriers.clean, carriers.means)
    worst = []
    for layer, _ in best:
        worst.append(next(h for _, h in costs if h[0] == layer and h not in (*best, *worst)))
    for kind in ("two", "three"):
        test = NameSet(probe, N // 2, TEST, SEED + 4, kind=kind)
        base = test.logit_difference()
        carried, lost, of_worst = [], [], []
        for values in (carriers.means, None):
            carried += shares_lost(probe, test, base, [best], values)
            lost += shares_lost(probe, test, base, controls, values)
            of_worst += shares_lost(probe, test, base, [sorted(worst)], values)
        yield Line(f"share of the {kind}-names difference in four heads ({show(best)})", min(carried)[0], 0.60)
        for label, found in ((f"largest of {len(controls)} random controls", lost), ("the worst control", of_worst)):
            share, heads = max(found)
            yield Line(f"share in {label}, {kind} names ({show(heads)})", share, 0.15, True)


CLASSES = {
    "NAME": NAMES,
    "PLACE": PLACES,
    "THING": OBJECTS,
    "ADJECTIVE": ADJECTIVES,
    "NOUN": [a[0] for a in ANIMALS] + SINGULAR,
    "NOUNS": PLURAL,
    "YOUNG": [a[1] for a in ANIMALS],
    "SOUND": [a[2] for a in ANIMALS],
    **{label: [c[i] for c in COUNTRIES] for i, label in enumerate("COUNTRY CAPITAL LANGUAGE CONTINENT MONEY".split())},
    "a": ["an"],
}
CLASS_OF = {word: label for label, words in reversed(CLASSES.items()) for word in words}


def triples(text):
    """All three words in a row, names and other words of a kind alike."""
    shape = [CLASS_OF.get(w, "YEAR" if w.isdigit() and len(w) == 4 else w) for w in text.split()]
    shape = ["^", *shape, "$"]
    return set(zip(shape, shape[1:], shape[2:]))


def free_text_lines(probe):
    """Texts that the model ends by itself, in which any three words in a row are of a shape that training has."""
    mixture = Mixture(random.Random(SEED + 5), probe.encode, known_words(probe), len(probe.tokenizer))
    known = set()
    for _ in range(20_000):
        document = mixture.document(1.0)
        if document.route != REPEATS:
            known |= triples(probe.tokenizer.decode(document.ids))
    texts = sampled(probe, torch.zeros(100, 1, dtype=torch.long), SEED + 6, 100)
    lines, others = 0, []
    for ids in texts:
        text = probe.tokenizer.decode(ids, skip_special_tokens=True)
        good = bool(ids[-1] == 0) and triples(text) <= known
        lines += good
        others += [] if good else [text]
    yield Line(f"{len(texts)} free texts: share that reads as lines", lines / len(texts), 0.90)
    for text in others[:5]:
        print("  not a line:", text)


def readme_lines(probe):
    """The sentences that the README shows."""
    for prompt, answer in README_PROMPTS.items():
        yield Line(f"' {answer}' after {prompt[-30:]!r}", next_token(probe, prompt)[probe.id_of(answer)].item(), 0.95)


def main(folder):
    probe = load(folder)
    r = random.Random(SEED)
    failed = 0
    for lines in (
        task_lines(probe),
        unseen_lines(probe),
        induction_lines(probe, r),
        name_lines(probe, r),
        free_text_lines(probe),
        readme_lines(probe),
    ):
        for line in lines:
            print(line, flush=True)
            failed += not line.reached
    print("all reached" if not failed else f"{failed} not reached")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
