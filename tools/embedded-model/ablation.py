"""Which heads carry a task (chosen on development sets) and what is lost without some heads."""

from dataclasses import dataclass

import torch

from probes import ALL_HEADS
from sets import repeat_accuracy


@dataclass
class Carriers:
    """Mean output of each head, and [(what one head does for the task, head)], most first."""

    means: dict
    drops: list


def without(probe, heads, values, measure):
    """The measure while the heads' outputs are the given ones, or zero."""
    with probe.replaced(heads, values):
        return measure()


def single_drops(probe, measure, base, values):
    """[(what is lost without the head, head)], most first."""
    return sorted(((base - without(probe, [head], values, measure), head) for head in ALL_HEADS), reverse=True)


def induction_carriers(probe, development):
    """Of repeated rows: what is lost without one head."""
    means = {head: z.mean((0, 1)) for head, z in probe.head_outputs(development).items()}
    base = repeat_accuracy(probe, development)
    return Carriers(means, single_drops(probe, lambda: repeat_accuracy(probe, development), base, means))


def best_two(carriers):
    """The two heads that induction loses most without, outside layer 0."""
    return [head for _, head in carriers.drops if head[0] > 0][:2]


def best_pair(probe, development, carriers):
    """The head that induction loses most without, outside layer 0, and the one it then loses most without.

    Two heads that do the same work stand in for each other: one by one neither of them costs much.
    """
    first, *others = (head for _, head in carriers.drops if head[0] > 0)
    left = {h: without(probe, [first, h], carriers.means, lambda: repeat_accuracy(probe, development)) for h in others}
    return [first, min(others, key=left.get)]


@dataclass
class NameCarriers(Carriers):
    """The drops are of one head patched from the sentence with the giver swapped; the logit differences of both."""

    clean: float
    swapped: float


def name_carriers(probe, development):
    """Of name sentences: what is lost when one head is patched."""
    flipped = development.flipped()
    flipped_outputs = probe.head_outputs(flipped.ids)
    outputs = probe.head_outputs(development.ids)
    ends = development.ends
    means = {head: torch.cat([z[i, : n + 1] for i, n in enumerate(ends)]).mean(0) for head, z in outputs.items()}
    clean, swapped = development.logit_difference(), flipped.logit_difference()
    drops = single_drops(probe, development.logit_difference, clean, flipped_outputs)
    return NameCarriers(means, drops, clean, swapped)


def shares_lost(probe, test, base, sets, values):
    """[(share of the logit difference that goes with the heads, heads)] of each set."""
    return [(1 - without(probe, heads, values, test.logit_difference) / base, heads) for heads in sets]
